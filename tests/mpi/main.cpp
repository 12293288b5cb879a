#define CATCH_CONFIG_RUNNER
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>
#include <string_view>
#include <utility>

#include "framework/parallel/mpi_scope.h"
#include "tests/mpi/faulty_rank.h"
#include "tests/mpi/world.h"
#include "tests/support/catch.h"

namespace {

/// A rank that waits for ever is ended, and mpirun with it, after this many seconds.
constexpr unsigned kWatchdogSeconds = 300;

const lockstep::Communicator* the_world = nullptr;

using lockstep::Fault;
constexpr std::pair<std::string_view, Fault> kFaults[] = {
    {"faulty-rank", Fault::kThrows},      {"rank-faulty-amid-messages", Fault::kThrowsAmidMessages},
    {"rank-that-hangs", Fault::kHangs},   {"rank-that-exits", Fault::kExits},
    {"rank-that-leaves", Fault::kLeaves}, {"slow-validation", Fault::kSlowValidation},
};

}  // namespace

namespace lockstep {

const Communicator& world() {
  return *the_world;
}

}  // namespace lockstep

// The name of a fault as the one argument: no tests, but a training with it; ctest looks at how it ends.
int main(int argc, char** argv) {
  alarm(kWatchdogSeconds);
  const lockstep::ExitCode exit_code = lockstep::MpiScope::run(
      [&](const lockstep::Communicator& ranks) {
        the_world = &ranks;
        for (const auto& [name, fault] : kFaults) {
          if (argc == 2 && std::string_view(argv[1]) == name) return lockstep::train_with(fault, ranks);
        }
        Catch::Session runner;
        if (runner.applyCommandLine(argc, argv) != 0) return lockstep::ExitCode::kUsage;
        // Ranks would write over each other: all but rank 0 write to a file of their own, shown only when a test
        // failed.
        const auto log = std::filesystem::temp_directory_path() / ("lockstep-mpi-tests-" + std::to_string(getpid()));
        const int failed = lockstep::run_tests(runner, ranks.rank() == 0 ? "" : log.string());
        if (ranks.rank() != 0) {
          if (failed != 0) std::cerr << "rank " << ranks.rank() << ":\n" << std::ifstream(log).rdbuf() << std::endl;
          std::filesystem::remove(log);
        }
        return ranks.max(failed) == 0 ? lockstep::ExitCode::kDone : lockstep::ExitCode::kRun;
      },
      [](const std::string& message) { std::fprintf(stderr, "lockstep_mpi_tests: %s\n", message.c_str()); });
  return static_cast<int>(exit_code);
}

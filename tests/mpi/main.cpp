#define CATCH_CONFIG_RUNNER
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "framework/parallel/mpi_scope.h"
#include "tests/mpi/world.h"

namespace {

/// A rank that waits for ever is ended, and mpirun with it, after this many seconds.
constexpr unsigned kWatchdogSeconds = 300;

const lockstep::Communicator* the_world = nullptr;

}  // namespace

namespace lockstep {

const Communicator& world() { return *the_world; }

}  // namespace lockstep

int main(int argc, char** argv) {
  alarm(kWatchdogSeconds);
  const lockstep::ExitCode exit_code = lockstep::MpiScope::run(
      [&](const lockstep::Communicator& ranks) {
        the_world = &ranks;
        Catch::Session session;
        if (session.applyCommandLine(argc, argv) != 0) return lockstep::ExitCode::kUsage;
        // Everybody's failures are told, each in a file of its own kept apart from the terminal of rank 0.
        int failed = session.run();
        if (failed != 0 && ranks.rank() != 0) {
          std::fprintf(stderr, "%d tests failed on rank %d\n", failed, ranks.rank());
        }
        return ranks.max(failed) == 0 ? lockstep::ExitCode::kDone : lockstep::ExitCode::kRun;
      },
      [](const std::string& message) { std::fprintf(stderr, "lockstep_mpi_tests: %s\n", message.c_str()); });
  return static_cast<int>(exit_code);
}

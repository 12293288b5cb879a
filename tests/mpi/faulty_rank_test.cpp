#include "tests/mpi/faulty_rank.h"

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <thread>

#include "framework/training/watchdog.h"
#include "tests/mpi/toy_run.h"

namespace lockstep {
namespace {

constexpr double kWatchdogSeconds = 2;

/// What takes the rank out of its training, to where run() would have returned.
struct Left {};

void commit(Fault fault, const std::filesystem::path& run) {
  switch (fault) {
    case Fault::kThrows:
    case Fault::kThrowsAmidMessages:
      throw RunError("injected fault");
    case Fault::kHangs:
      while (true) ::pause();
    case Fault::kExits:
      std::filesystem::remove_all(run);
      std::_Exit(0);
    case Fault::kLeaves:
      throw Left();
    case Fault::kSlowValidation:
      break;
  }
}

/// A watchdog that takes the folder away before it ends all ranks.
std::shared_ptr<Watchdog> watch(const Communicator& ranks, const std::filesystem::path& run) {
  const auto end = [run] {
    std::error_code ignored;
    std::filesystem::remove_all(run, ignored);
    Communicator::end_all_ranks(ExitCode::kRun);
  };
  auto watchdog = std::make_shared<Watchdog>(
      ranks, WatchdogActions{[](const std::string& line) { std::fprintf(stderr, "%s\n", line.c_str()); }, end});
  watchdog->limit(kWatchdogSeconds);
  watchdog->share(ranks, run / "watchdog");
  return watchdog;
}

}  // namespace

ExitCode train_with(Fault fault, const Communicator& ranks) {
  auto folder = std::make_unique<SharedFolder>(ranks);
  ranks.keep_to_the_end(watch(ranks, folder->path()));
  Configuration configuration = toy_configuration(folder->path());
  if (fault == Fault::kThrowsAmidMessages) configuration.compute.ranks_a_node = 1;
  auto run = std::make_unique<ToyRun>(ranks, configuration);
  const std::int64_t last = configuration.training.shards - 1;
  const auto fail = [&](const ShardKey& key) {
    if (key.update == 3 && static_cast<std::int64_t>(key.shard) == last) commit(fault, configuration.run);
  };
  if (fault == Fault::kSlowValidation)
    run->model.before_loss = [] { std::this_thread::sleep_for(std::chrono::duration<double>(kWatchdogSeconds / 2)); };
  else
    (fault == Fault::kThrowsAmidMessages ? run->model.between_ready : run->model.before_gradients) = fail;
  try {
    run->trainer.run();
  } catch (const Left&) {
    // Their ends would wait for the others.
    static_cast<void>(run.release());
    static_cast<void>(folder.release());
  }
  return ExitCode::kDone;
}

}  // namespace lockstep

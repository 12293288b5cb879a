#include <chrono>
#include <csignal>
#include <string>
#include <thread>
#include <utility>

#include "framework/checkpoint/state_digest.h"
#include "tests/mpi/toy_run.h"
#include "tests/mpi/world.h"
#include "tests/support/catch.h"

namespace lockstep {
namespace {

std::string digest_of_whole_run(const std::filesystem::path& folder) {
  const TrainingSummary summary = ToyRun(world(), toy_configuration(folder)).trainer.run();
  return state_digest(CheckpointReader(summary.checkpoint));
}

std::string digest_of(const TrainingSummary& summary) {
  return state_digest(CheckpointReader(summary.checkpoint));
}

}  // namespace

TEST_CASE("a stop amid a validation leaves it undone, and the next start begins with it", "[mpi][training]") {
  const SharedFolder folder(world());
  const std::string whole = digest_of_whole_run(folder.path() / "whole");
  const Configuration configuration = toy_configuration(folder.path() / "stopped");
  const bool by_all = GENERATE(true, false);
  {
    ToyRun run(world(), configuration);
    int batches = 0;
    run.model.before_loss = [&] {
      ++batches;
      // One that has batches left: it looks before each.
      if (by_all || world().rank() == 0) std::raise(SIGUSR1);
    };
    const TrainingSummary summary = run.trainer.run();
    CHECK(summary.end == TrainingSummary::End::kSignal);
    CHECK(summary.progress.update == 5);
    CHECK(summary.progress.validations == 0);
    // Ten batches are dealt to the ranks; one that gets the signal leaves the rest.
    if (by_all) CHECK(batches <= 1);
  }
  ToyRun run(world(), configuration);
  CHECK(run.trainer.progress().update == 5);
  const TrainingSummary summary = run.trainer.run();
  CHECK(summary.end == TrainingSummary::End::kUpdates);
  CHECK(digest_of(summary) == whole);
}

TEST_CASE("a stop asked for before the first update is heeded at once, with a checkpoint", "[mpi][training]") {
  const SharedFolder folder(world());
  const std::string whole = digest_of_whole_run(folder.path() / "whole");
  const Configuration configuration = toy_configuration(folder.path() / "stopped");
  {
    StopPlan plan;
    if (world().rank() == 0) std::raise(SIGTERM);
    ToyRun run(world(), configuration);
    const TrainingSummary summary = run.trainer.run(plan);
    CHECK(summary.end == TrainingSummary::End::kSignal);
    CHECK(summary.progress.update == 0);
    CHECK(std::filesystem::exists(summary.checkpoint));
  }
  CHECK(digest_of(ToyRun(world(), configuration).trainer.run()) == whole);
}

TEST_CASE("a run stops before its minutes are over, and in the end has the bits of one that never stopped",
          "[mpi][training]") {
  const SharedFolder folder(world());
  const std::string whole = digest_of_whole_run(folder.path() / "whole");
  const Configuration configuration = toy_configuration(folder.path() / "stopped");
  constexpr double kMinutes = 0.02;
  int starts = 0;
  TrainingSummary summary;
  do {
    const Stopwatch watch;
    StopPlan plan(kMinutes);
    ToyRun run(world(), configuration);
    // Of each update on each rank, and of each validation: so that neither all nor none of it fits.
    run.model.before_gradients = [&, last = std::uint64_t{0}](const ShardKey& key) mutable {
      if (std::exchange(last, key.update) != key.update) std::this_thread::sleep_for(std::chrono::milliseconds(200));
    };
    summary = run.trainer.run(plan);
    if (summary.end == TrainingSummary::End::kTime) CHECK(watch.seconds() < 60 * kMinutes);
    ++starts;
  } while (summary.stopped() && starts < 20);
  CHECK(starts > 2);
  CHECK(starts < 13);
  CHECK(summary.end == TrainingSummary::End::kUpdates);
  CHECK(digest_of(summary) == whole);
}

TEST_CASE("minutes that suffice for nothing are refused, or a queue would start the run for ever", "[mpi][training]") {
  const SharedFolder folder(world());
  const Configuration configuration = toy_configuration(folder.path());
  const auto error_of = [&](double minutes, std::chrono::milliseconds of_validation) -> std::string {
    StopPlan plan(minutes);
    ToyRun run(world(), configuration);
    run.model.before_loss = [&] { std::this_thread::sleep_for(of_validation); };
    try {
      const TrainingSummary summary = run.trainer.run(plan);
      CHECK(summary.end == TrainingSummary::End::kTime);
    } catch (const SharedError& error) {
      CHECK(error.exit_code() == ExitCode::kUsage);
      return error.what();
    }
    return "";
  };
  CHECK(error_of(1e-6, {}).find("leaves no time to get on") != std::string::npos);
  // The first start gets as far as the validation, the second no further.
  const std::chrono::milliseconds longer(1000);
  CHECK(error_of(0.01, longer) == "");
  CHECK(error_of(0.01, longer).find("leaves no time to get on") != std::string::npos);
}

}  // namespace lockstep

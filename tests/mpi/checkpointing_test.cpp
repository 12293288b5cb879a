// Checkpoints that a thread writes while training goes on.
#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <string>
#include <vector>

#include "framework/checkpoint/state_digest.h"
#include "framework/storage/folder_lock.h"
#include "tests/framework/training/reference_run.h"
#include "tests/mpi/toy_run.h"
#include "tests/mpi/world.h"
#include "tests/support/catch.h"
#include "tests/support/faulty_disk.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

std::vector<float> parameters_in(const fs::path& checkpoint) {
  const ToyModel model;
  std::vector<float> parameters(model.layout().size(), 0.0F);
  CheckpointReader(checkpoint).read_model(model.layout(), parameters);
  return parameters;
}

bool same_bits(std::span<const float> left, std::span<const float> right) {
  return left.size() == right.size() && std::memcmp(left.data(), right.data(), left.size_bytes()) == 0;
}

const ToyDataset& toy_data() {
  static const ToyDataset data(100, 5);
  return data;
}

std::vector<float> parameters_after(const Configuration& configuration, std::uint64_t updates) {
  const ReferenceRun reference(configuration, toy_data(), updates);
  return {reference.parameters.begin(), reference.parameters.end()};
}

/// No validation: it would save, too.
Configuration without_validation(const fs::path& folder) {
  Configuration configuration = toy_configuration(folder);
  configuration.training.validation.every_updates = 1000;
  configuration.training.checkpoint.keep = 9;
  return configuration;
}

}  // namespace

TEST_CASE("training goes on while a checkpoint is written, and the checkpoint holds the state of its update",
          "[mpi][checkpointing]") {
  const SharedFolder folder(world());
  const Configuration configuration = without_validation(folder.path());
  FaultyDisk files(folder.path(), Fault::kNone, 0);
  std::mutex mutex;
  std::condition_variable moved;
  bool far_enough = false;
  bool writing = false;
  bool waited_in_vain = false;
  // The disk takes its time for checkpoint 4 until training is two updates further.
  files.before_step = [&](const std::string& what) {
    if (what != "sync checkpoint-00000004.h5.tmp") return;
    std::unique_lock lock(mutex);
    writing = true;
    moved.notify_all();
    if (!moved.wait_for(lock, std::chrono::seconds(20), [&] { return far_enough; })) waited_in_vain = true;
  };
  {
    ToyRun run(world(), configuration, {}, {}, files);
    run.model.before_gradients = [&](const ShardKey& key) {
      if (key.update != 7 || world().rank() != 0) return;
      std::unique_lock lock(mutex);
      if (far_enough) return;  // another shard has waited
      moved.wait_for(lock, std::chrono::seconds(20), [&] { return writing; });
      if (!writing) waited_in_vain = true;
      far_enough = true;
      moved.notify_all();
    };
    const TrainingSummary summary = run.trainer.run();
    CHECK(summary.checkpoints == 3);
    CHECK(same_bits(run.trainer.parameters(), parameters_after(configuration, 12)));
  }
  if (world().rank() != 0) return;
  CHECK_FALSE(waited_in_vain);
  const CheckpointStore store(configuration.run);
  for (const std::uint64_t update : {4U, 8U, 12U}) {
    INFO("update " << update);
    CHECK(same_bits(parameters_in(store.path_of(update)), parameters_after(configuration, update)));
    CHECK(CheckpointReader(store.path_of(update)).record().progress.update == update);
  }
}

TEST_CASE("a checkpoint that can't be written ends all ranks, and with room again the run goes on to the same bits",
          "[mpi][checkpointing]") {
  // In the midst, when later updates meet the error, and for the last, when nothing but the end of the run does.
  const std::string update = GENERATE("08", "12");
  const SharedFolder folder(world());
  const Configuration configuration = without_validation(folder.path());
  std::string message;
  {
    const FaultyDisk files(folder.path(), Fault::kNoSpace, "write checkpoint-000000" + update + ".h5.tmp");
    try {
      ToyRun run(world(), configuration, {}, {}, files);
      run.trainer.run();
    } catch (const SharedError& error) {
      message = error.what();
      CHECK(error.exit_code() == ExitCode::kRun);
    }
  }
  CHECK(message.find(": can't be written: No space left on device; make room on the disk") != std::string::npos);
  ToyRun run(world(), configuration);
  CHECK(run.trainer.progress().update == (update == "08" ? 4 : 8));
  run.trainer.run();
  CHECK(same_bits(run.trainer.parameters(), parameters_after(configuration, 12)));
}

TEST_CASE("a second training of the same run is refused on all ranks", "[mpi][checkpointing]") {
  const SharedFolder folder(world());
  const Configuration configuration = toy_configuration(folder.path());
  const ToyRun first(world(), configuration);
  StartOptions options;
  options.lock_patience = std::chrono::milliseconds(0);
  std::string message;
  try {
    const ToyRun second(world(), configuration, options);
  } catch (const SharedError& error) {
    message = error.what();
    CHECK(error.exit_code() == ExitCode::kRun);
  }
  CHECK(message.find("another training works in this folder (process ") != std::string::npos);
}

TEST_CASE("what a killed run left undone is done at the next start", "[mpi][checkpointing]") {
  const SharedFolder folder(world());
  Configuration configuration = toy_configuration(folder.path());
  configuration.training.updates = 5;  // the first validation, and so the best
  ToyRun(world(), configuration).trainer.run();
  const CheckpointStore store(configuration.run);
  if (world().rank() == 0) {
    fs::remove(store.best());
    std::ofstream(store.folder() / "checkpoint-00000010.h5.tmp") << "half";
  }
  world().barrier();
  const ToyRun run(world(), configuration);
  if (world().rank() != 0) return;
  CHECK_FALSE(fs::exists(store.folder() / "checkpoint-00000010.h5.tmp"));
  CHECK(state_digest(CheckpointReader(store.best())) == state_digest(CheckpointReader(store.path_of(5))));
}

}  // namespace lockstep

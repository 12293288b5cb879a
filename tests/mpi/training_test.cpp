#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "framework/checkpoint/state_digest.h"
#include "framework/training/trainer.h"
#include "tests/framework/training/reference_run.h"
#include "tests/framework/training/toy_model.h"
#include "tests/mpi/toy_run.h"
#include "tests/mpi/world.h"
#include "tests/support/catch.h"

namespace lockstep {
namespace {

bool same_bits(std::span<const float> left, std::span<const float> right) {
  return left.size() == right.size() && std::memcmp(left.data(), right.data(), left.size_bytes()) == 0;
}

std::vector<nlohmann::json> metrics_of(const Configuration& configuration) {
  std::ifstream file(std::filesystem::path(configuration.run) / "metrics.jsonl");
  std::vector<nlohmann::json> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(nlohmann::json::parse(line));
  return lines;
}

std::string digest_of(const std::filesystem::path& path) {
  return state_digest(CheckpointReader(path));
}

/// What a start says when it fails on all ranks alike.
std::string start_error(const Configuration& configuration, const StartOptions& options = {}) {
  try {
    ToyRun run(world(), configuration, options);
  } catch (const SharedError& error) {
    return error.what();
  }
  return "it started";
}

const ToyDataset& toy_data() {
  static const ToyDataset data(100, 5);
  return data;
}

}  // namespace

TEST_CASE("training ends in the bits that its definition gives, on any number of ranks", "[mpi][training]") {
  // Of ranks that share memory, of pairs of them, of ranks that send gradients while they compute others.
  const std::int64_t ranks_a_node = GENERATE(0, 2, 1);
  for (const OptimizerKind kind : {OptimizerKind::kAdam, OptimizerKind::kAdadelta, OptimizerKind::kSgd}) {
    const SharedFolder folder(world());
    Configuration configuration = toy_configuration(folder.path());
    configuration.training.optimizer.kind = kind;
    configuration.compute.ranks_a_node = ranks_a_node;
    ToyRun run(world(), configuration);
    const TrainingSummary summary = run.trainer.run();
    const ReferenceRun reference(configuration, toy_data(), 12);
    CHECK(same_bits(run.trainer.parameters(), reference.parameters));
    CHECK(summary.end == TrainingSummary::End::kUpdates);
    CHECK(summary.progress.epoch == reference.progress.epoch);
    CHECK(summary.progress.batch == reference.progress.batch);
    CHECK(summary.progress.words == reference.progress.words);
  }
}

TEST_CASE("a checkpoint that one process wrote is gone on from by any number of ranks", "[mpi][training]") {
  const SharedFolder folder(world());
  const Configuration configuration = toy_configuration(folder.path());
  const ReferenceRun before(configuration, toy_data(), 7);
  if (world().rank() == 0) {
    const CheckpointStore store(configuration.run);
    store.create();
    const ToyModel model;
    RunRecord record;
    record.progress = before.progress;
    record.configuration = to_yaml(configuration);
    record.corpus_digest = toy_identity(configuration).corpus_digest;
    record.compute = toy_identity(configuration).compute;
    record.program_version = toy_identity(configuration).program_version;
    const std::vector<std::string> slots{"m", "v"};
    write_checkpoint(store.path_of(7),
                     {model.layout(), before.parameters, slots,
                      [&](const SlotPiece& piece, std::span<float> into) {
                        const std::span<const float> slot = before.optimizer->slots()[piece.slot].values;
                        std::copy_n(slot.begin() + static_cast<std::ptrdiff_t>(piece.begin), piece.count, into.begin());
                      },
                      record, [](FileWriter&) {}});
  }
  world().barrier();
  ToyRun run(world(), configuration);
  CHECK(run.trainer.progress().update == 7);
  run.trainer.run();
  const ReferenceRun reference(configuration, toy_data(), 12);
  CHECK(same_bits(run.trainer.parameters(), reference.parameters));
}

TEST_CASE("a run that was stopped and prolonged has the digest and metrics of one that never stopped",
          "[mpi][training]") {
  const SharedFolder folder(world());
  Configuration whole = toy_configuration(folder.path() / "whole");
  Configuration parts = toy_configuration(folder.path() / "parts");
  const TrainingSummary whole_summary = ToyRun(world(), whole).trainer.run();
  for (const std::int64_t updates : {3, 7, 12}) {  // 7: no validation is due there
    parts.training.updates = updates;
    const TrainingSummary summary = ToyRun(world(), parts).trainer.run();
    CHECK(summary.progress.update == static_cast<std::uint64_t>(updates));
  }
  if (world().rank() != 0) return;
  const std::filesystem::path last = CheckpointStore(parts.run).path_of(12);
  CHECK(digest_of(last) == digest_of(whole_summary.checkpoint));
  CHECK(CheckpointReader(last).record().history == CheckpointReader(whole_summary.checkpoint).record().history);
  const auto left = metrics_of(whole);
  const auto right = metrics_of(parts);
  REQUIRE(left.size() == right.size());
  for (std::size_t i = 0; i < left.size(); ++i) {
    CHECK(left[i]["kind"] == right[i]["kind"]);
    CHECK(left[i]["update"] == right[i]["update"]);
    CHECK(left[i]["cross_entropy"] == right[i]["cross_entropy"]);
  }
}

TEST_CASE("the newest checkpoints and the best one are kept", "[mpi][training]") {
  const SharedFolder folder(world());
  const Configuration configuration = toy_configuration(folder.path());
  const TrainingSummary summary = ToyRun(world(), configuration).trainer.run();
  if (world().rank() != 0) return;
  const CheckpointStore store(configuration.run);
  std::vector<std::uint64_t> updates;
  for (const CheckpointStore::Entry& entry : store.list()) updates.push_back(entry.update);
  CHECK(updates == std::vector<std::uint64_t>{12, 10});
  CHECK(summary.checkpoint == store.path_of(12));
  // The loss of this run falls all the way, so the last look found the best.
  CHECK(digest_of(store.best()) == digest_of(store.path_of(12)));
}

TEST_CASE("validation doesn't depend on ranks and agrees with a plain sum", "[mpi][training]") {
  const ToyDataset data(41, 9);
  ToyModel model;
  std::vector<float> parameters(model.layout().size());
  initialize<float>(model.layout(), 3, std::span<float>(parameters));
  model.bind(parameters);
  double expected = 0;
  std::uint64_t words = 0;
  for (std::uint64_t i = 0; i < data.size(); ++i) {
    const ShardLoss loss = model.loss(data.load(std::span(&i, 1)));
    expected += loss.cross_entropy;
    words += loss.words;
  }
  const Validation validation(world(), data, 4);
  CHECK(validation.words() == words);
  CHECK(validation.cross_entropy(model) == Approx(expected / static_cast<double>(words)).epsilon(1e-12));
}

TEST_CASE("training ends when validations stop improving", "[mpi][training]") {
  const SharedFolder folder(world());
  Configuration configuration = toy_configuration(folder.path());
  configuration.training.updates = 0;
  configuration.training.validation = {1, 3};
  configuration.training.optimizer.kind = OptimizerKind::kSgd;
  configuration.training.optimizer.learning_rate = 1e-30;  // nothing improves after the first
  const TrainingSummary summary = ToyRun(world(), configuration).trainer.run();
  CHECK(summary.end == TrainingSummary::End::kPatience);
  CHECK(summary.progress.update == 4);
  CHECK(summary.progress.best_update == 1);
  // Another start has nothing left to do.
  CHECK(ToyRun(world(), configuration).trainer.run().progress.update == 4);
}

TEST_CASE("a signal to one rank stops all of them after a checkpoint, and the next start goes on", "[mpi][training]") {
  const SharedFolder folder(world());
  Configuration configuration = toy_configuration(folder.path());
  {
    ToyRun run(world(), configuration);
    run.model.before_gradients = [](const ShardKey& key) {
      if (key.update == 6 && world().rank() == world().size() - 1) std::raise(SIGUSR1);
    };
    const TrainingSummary summary = run.trainer.run();
    CHECK(summary.end == TrainingSummary::End::kSignal);
    CHECK(summary.progress.update == 6);
  }
  ToyRun run(world(), configuration);
  CHECK(run.trainer.progress().update == 6);
  run.trainer.run();
  CHECK(same_bits(run.trainer.parameters(), ReferenceRun(configuration, toy_data(), 12).parameters));
}

TEST_CASE("a start refuses what would silently change a run", "[mpi][training]") {
  const SharedFolder folder(world());
  const Configuration configuration = toy_configuration(folder.path());
  ToyRun(world(), configuration).trainer.run();

  Configuration other = configuration;
  other.training.shards = 16;
  const std::string shards = start_error(other);
  CHECK(shards.find("training.shards is 16 now but 8 in") != std::string::npos);
  CHECK(shards.find("--fresh") != std::string::npos);

  CHECK(start_error(configuration, {true, false, false}).find("--force") != std::string::npos);
  CHECK(CheckpointStore(configuration.run).list().size() == 2);

  RunIdentity identity = toy_identity(configuration);
  identity.compute.instruction_set = "abacus";
  const auto start_with = [&](const StartOptions& options) {
    ToyModel model;
    const Trainer trainer(world(), configuration, toy_data(), toy_data(), model, identity, options);
    return trainer.progress().update;
  };
  CHECK_THROWS_AS(start_with({}), SharedError);
  CHECK(start_with({false, false, true}) == 12);
  identity.compute = toy_identity(configuration).compute;
  identity.program_version = "0.1.0";  // whose bits may be others than those of 0.0.0, while 0.0.7's are the same
  CHECK_THROWS_AS(start_with({}), SharedError);
  CHECK(start_with({false, false, true}) == 12);
  identity.program_version = "0.0.7";
  CHECK(start_with({}) == 12);
  identity.corpus_digest = "another";
  CHECK_THROWS_AS(start_with({}), SharedError);

  CHECK(ToyRun(world(), configuration, {true, true, false}).trainer.progress().update == 0);
}

TEST_CASE("a damaged newest checkpoint is skipped for the one before", "[mpi][training]") {
  const SharedFolder folder(world());
  const Configuration configuration = toy_configuration(folder.path());
  ToyRun(world(), configuration).trainer.run();
  const CheckpointStore store(configuration.run);
  if (world().rank() == 0) {
    std::filesystem::remove(store.best());  // another name of the file that is damaged next
    std::fstream file(store.path_of(12), std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(5000);
    const char flipped = static_cast<char>(file.get() ^ 4);
    file.seekp(5000);
    file.put(flipped);
  }
  world().barrier();
  ToyRun run(world(), configuration);
  CHECK(run.trainer.progress().update == 10);
  run.trainer.run();
  CHECK(same_bits(run.trainer.parameters(), ReferenceRun(configuration, toy_data(), 12).parameters));
}

}  // namespace lockstep

#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "framework/checkpoint/state_digest.h"
#include "tests/framework/training/reference_run.h"
#include "tests/mpi/toy_run.h"
#include "tests/mpi/world.h"
#include "tests/support/catch.h"

namespace lockstep {
namespace {

constexpr float kNone = std::numeric_limits<float>::quiet_NaN();

/// Spoils the gradient of these updates and of shards from 5 on: a weight that every shard has a gradient of, or a row
/// that other shards may lack.
void spoil(ToyModel& model, const std::set<std::uint64_t>& updates, bool in_a_row, float value) {
  model.after_gradients = [&model, updates, in_a_row, value](const ShardKey& key, std::span<float> gradients) {
    if (!updates.contains(key.update) || key.shard < 5) return;
    const auto row = static_cast<std::size_t>(model.touched_rows().front().front());
    gradients[in_a_row ? row * ToyModel::kWidth : model.layout()[1].offset] = value;
  };
}

std::vector<nlohmann::json> skipped_lines(const Configuration& configuration) {
  std::ifstream file(std::filesystem::path(configuration.run) / "metrics.jsonl");
  std::vector<nlohmann::json> lines;
  for (std::string text; std::getline(file, text);) {
    const nlohmann::json line = nlohmann::json::parse(text);
    if (line.contains("skipped")) lines.push_back(line);
  }
  return lines;
}

}  // namespace

TEST_CASE("an update with a gradient that isn't finite is skipped, to the same bits on any number of ranks",
          "[mpi][training]") {
  const SharedFolder folder(world());
  Configuration configuration = toy_configuration(folder.path());
  configuration.compute.ranks_a_node = GENERATE(0, 2, 1);
  const bool in_a_row = GENERATE(false, true);
  const float value = GENERATE(std::numeric_limits<float>::infinity(), kNone);
  const std::set<std::uint64_t> spoilt{3, 6, 7};
  {
    ToyRun run(world(), configuration);
    spoil(run.model, spoilt, in_a_row, value);
    const TrainingSummary summary = run.trainer.run();
    CHECK(summary.progress.skipped == 3);
    CHECK(summary.progress.skipped_in_row == 0);
    const ToyDataset data(100, 5);
    const ReferenceRun reference(configuration, data, 12, spoilt);
    CHECK(std::memcmp(run.trainer.parameters().data(), reference.parameters.data(),
                      run.trainer.parameters().size_bytes()) == 0);
    CHECK(summary.progress.words == reference.progress.words);
    // Differs from a run that skipped nothing, so that the comparison means something.
    CHECK(reference.parameters != ReferenceRun(configuration, data, 12).parameters);
    CHECK(CheckpointReader(summary.checkpoint).record().progress.skipped == 3);
  }
  const std::vector<nlohmann::json> lines = skipped_lines(configuration);
  REQUIRE(lines.size() == 3);
  CHECK(lines[1]["update"] == 6);
  CHECK(lines[1]["skipped_for_shards"] == std::vector<int>{5, 6, 7});
  CHECK(lines[1]["skipped"].get<std::string>().starts_with("the gradient is "));
}

TEST_CASE("a run that is stopped between two skipped updates ends in the bits of one that wasn't", "[mpi][training]") {
  const SharedFolder folder(world());
  const std::set<std::uint64_t> spoilt{4, 5, 6};
  std::vector<std::string> digests;
  for (const std::vector<std::int64_t>& ends : {std::vector<std::int64_t>{12}, std::vector<std::int64_t>{5, 12}}) {
    Configuration configuration = toy_configuration(folder.path() / std::to_string(ends.size()));
    for (const std::int64_t updates : ends) {
      configuration.training.updates = updates;
      ToyRun run(world(), configuration);
      spoil(run.model, spoilt, false, kNone);
      const TrainingSummary summary = run.trainer.run();
      CHECK(summary.progress.skipped_in_row == (updates == 5 ? 2 : 0));
      if (updates == 12) digests.push_back(state_digest(CheckpointReader(summary.checkpoint)));
    }
  }
  CHECK(digests.at(0) == digests.at(1));
}

TEST_CASE("an update with a loss that isn't finite is skipped", "[mpi][training]") {
  const SharedFolder folder(world());
  const Configuration configuration = toy_configuration(folder.path());
  ToyRun run(world(), configuration);
  run.model.spoil_loss = [](const ShardKey& key) { return key.update == 8 && key.shard == 2; };
  const TrainingSummary summary = run.trainer.run();
  CHECK(summary.progress.skipped == 1);
  const ReferenceRun reference(configuration, ToyDataset(100, 5), 12, {8});
  CHECK(std::memcmp(run.trainer.parameters().data(), reference.parameters.data(),
                    run.trainer.parameters().size_bytes()) == 0);
  const std::vector<nlohmann::json> lines = skipped_lines(configuration);
  REQUIRE(lines.size() == 1);
  CHECK(lines[0]["skipped_for_shards"] == std::vector<int>{2});
  CHECK(lines[0]["loss"].is_null());
}

TEST_CASE("too many skipped updates in a row end the run and leave the last checkpoint", "[mpi][training]") {
  const SharedFolder folder(world());
  Configuration configuration = toy_configuration(folder.path());
  configuration.compute.ranks_a_node = GENERATE(0, 1);
  configuration.training.max_skipped = 3;
  std::string message;
  {
    ToyRun run(world(), configuration);
    spoil(run.model, {2, 3, 5, 6, 7, 8}, false, kNone);
    try {
      run.trainer.run();
    } catch (const SharedError& error) {
      message = error.what();
      CHECK(error.exit_code() == ExitCode::kRun);
    }
  }
  INFO(message);
  CHECK(message.find("the gradient is nan at update 7, shards 5, 6, 7;") != std::string::npos);
  CHECK(message.find("in a row: 3, training.max_skipped") != std::string::npos);
  ToyRun again(world(), configuration);
  CHECK(again.trainer.progress().update == 5);
  CHECK(again.trainer.progress().skipped == 3);
  CHECK(again.trainer.progress().skipped_in_row == 1);
}

}  // namespace lockstep

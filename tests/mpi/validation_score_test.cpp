// A run that goes by a score of its translations. The scores here are made up: the trainer doesn't know what they are
// of.
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "framework/checkpoint/state_digest.h"
#include "tests/mpi/toy_run.h"
#include "tests/mpi/world.h"
#include "tests/support/catch.h"

namespace lockstep {
namespace {

/// Gives these scores in turn.
ValidationScore scores(std::vector<double> values) {
  return [values = std::move(values), next = std::size_t{0}]() mutable { return values.at(next++); };
}

Configuration scored_configuration(const std::filesystem::path& folder) {
  Configuration configuration = toy_configuration(folder);
  configuration.training.updates = 0;
  configuration.training.validation = {1, 3, ValidationMetric::kBleu, {}};
  return configuration;
}

struct Look {
  std::uint64_t update;
  std::optional<double> bleu;
  bool operator==(const Look&) const = default;
};

std::vector<Look> looks_of(const std::filesystem::path& checkpoint) {
  std::vector<Look> looks;
  const CheckpointReader reader(checkpoint);
  for (const ValidationRecord& record : reader.record().history) {
    looks.push_back({record.update, record.bleu});
  }
  return looks;
}

}  // namespace

TEST_CASE("patience and the best checkpoint go by the score when it is the metric", "[mpi][training]") {
  const SharedFolder folder(world());
  const Configuration configuration = scored_configuration(folder.path());
  // The loss falls all the way; the score is greatest after the second update.
  ToyRun run(world(), configuration, {}, scores({10, 30, 20, 25, 30}));
  const TrainingSummary summary = run.trainer.run();
  CHECK(summary.end == TrainingSummary::End::kPatience);
  CHECK(summary.progress.update == 5);
  CHECK(summary.progress.best_update == 2);
  CHECK(summary.progress.best_bleu == 30);
  REQUIRE(summary.validation);
  CHECK(summary.validation->bleu == 30);
  CHECK(summary.progress.best_cross_entropy == summary.validation->cross_entropy);
  if (world().rank() != 0) return;
  CHECK(CheckpointReader(CheckpointStore(configuration.run).best()).record().progress.update == 2);
  CHECK(looks_of(summary.checkpoint) == std::vector<Look>{{1, 10.0}, {2, 30.0}, {3, 20.0}, {4, 25.0}, {5, 30.0}});
  std::ifstream metrics(std::filesystem::path(configuration.run) / "metrics.jsonl");
  std::vector<double> written;
  for (std::string line; std::getline(metrics, line);) {
    const nlohmann::json object = nlohmann::json::parse(line);
    if (object["kind"] == "validation") written.push_back(object.at("bleu"));
  }
  CHECK(written == std::vector<double>{10, 30, 20, 25, 30});
}

TEST_CASE("a score has updates of its own, and patience counts looks that measured the metric", "[mpi][training]") {
  const SharedFolder folder(world());
  Configuration configuration = toy_configuration(folder.path());
  configuration.training.updates = 12;
  configuration.training.validation = {5, 2, ValidationMetric::kCrossEntropy, {4, 1, BleuTokenizer::k13a}};
  const std::vector<Look> expected = {{4, 9.0}, {5, {}}, {8, 8.0}, {10, {}}, {12, 7.0}};
  SECTION("the loss is the metric: falling scores end nothing") {
    const TrainingSummary summary = ToyRun(world(), configuration, {}, scores({9, 8, 7})).trainer.run();
    CHECK(summary.end == TrainingSummary::End::kUpdates);
    CHECK(summary.progress.best_update == 12);
    CHECK(summary.progress.best_bleu == 9);
    CHECK(looks_of(summary.checkpoint) == expected);
  }
  SECTION("the score is the metric: looks without it end nothing") {
    configuration.training.validation.metric = ValidationMetric::kBleu;
    const TrainingSummary summary = ToyRun(world(), configuration, {}, scores({9, 8, 7})).trainer.run();
    CHECK(summary.progress.update == 12);
    CHECK(summary.progress.best_update == 4);
    CHECK(summary.progress.validations == 5);
    CHECK(summary.progress.validations_without_improvement == 2);
    CHECK(looks_of(summary.checkpoint) == expected);
  }
}

TEST_CASE("a run by score that was stopped and prolonged has the digest of one that never stopped", "[mpi][training]") {
  const SharedFolder folder(world());
  Configuration whole = scored_configuration(folder.path() / "whole");
  whole.training.validation.every_updates = 2;
  whole.training.updates = 8;
  Configuration parts = whole;
  parts.run = (folder.path() / "parts").string();
  const TrainingSummary expected = ToyRun(world(), whole, {}, scores({1, 4, 3, 2})).trainer.run();
  parts.training.updates = 5;
  // The look at the end of the first part, at update 5, is not part of the run, and the best of all to see.
  const TrainingSummary first = ToyRun(world(), parts, {}, scores({1, 4, 50})).trainer.run();
  CHECK(first.validation->bleu == 50);
  if (world().rank() == 0) {
    CHECK(CheckpointReader(CheckpointStore(parts.run).best()).record().progress.update == 5);
  }
  world().barrier();
  parts.training.updates = 8;
  const TrainingSummary second = ToyRun(world(), parts, {}, scores({3, 2})).trainer.run();
  CHECK(second.progress == expected.progress);
  if (world().rank() != 0) return;
  CHECK(state_digest(CheckpointReader(second.checkpoint)) == state_digest(CheckpointReader(expected.checkpoint)));
  CHECK(looks_of(second.checkpoint) == looks_of(expected.checkpoint));
}

}  // namespace lockstep

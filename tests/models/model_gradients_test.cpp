// The gradients of whole models against central differences in float64, with dropout and label smoothing on.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "models/registry.h"
#include "tests/support/catch.h"
#include "tests/support/gradient_check.h"
#include "tests/support/tiny_pairs.h"

using namespace lockstep;
using lockstep::testing::TinyPairs;

namespace {

/// Checks that the rows that the model says it didn't touch still hold `before`, and sets them to `after`.
void set_untouched_rows(const Model<double>& model, double before, double after, std::span<double> gradients) {
  const std::vector<RowBlock> blocks = model.layout().row_blocks();
  REQUIRE(model.touched_rows().size() == blocks.size());
  for (std::size_t block = 0; block < blocks.size(); ++block) {
    const auto touched = model.touched_rows()[block];
    std::size_t left_alone = 0;
    for (std::size_t row = 0; row < blocks[block].rows; ++row) {
      if (std::count(touched.begin(), touched.end(), static_cast<Token>(row)) > 0) continue;
      ++left_alone;
      for (std::size_t i = 0; i < blocks[block].row_size; ++i) {
        double& value = gradients[blocks[block].begin + row * blocks[block].row_size + i];
        REQUIRE(value == before);
        value = after;
      }
    }
    CHECK(left_alone > 0);
  }
}

}  // namespace

TEST_CASE("Both models' gradients agree with central differences for every cell and encoder", "[models]") {
  Configuration configuration = lockstep::testing::tiny_model();
  configuration.model.kind = GENERATE(ModelKind::kRnnSearch, ModelKind::kRnnEncDec);
  configuration.model.cell = GENERATE(CellKind::kTanh, CellKind::kGru, CellKind::kLstm);
  configuration.model.encoder = GENERATE(EncoderKind::kForward, EncoderKind::kBidirectional);
  CAPTURE(configuration.model.kind, configuration.model.cell, configuration.model.encoder);
  configuration.model.dropout = {0.2, 0.3, 0.25};
  configuration.training.label_smoothing = 0.1;

  const TinyPairs pairs;
  const auto model = make_model<double>(configuration, pairs.sizes());
  const ParameterLayout& layout = model->layout();
  std::vector<double> parameters = lockstep::testing::random_values(layout.size(), 0.5, 21);
  zero_padding<double>(layout, parameters);
  std::vector<double> gradients(layout.size(), 1e9);  // everything must be overwritten, but for rows left alone
  model->bind(parameters);
  std::vector<int> told(layout.size(), 0);
  const ShardKey key{7, 3, 2};
  const ShardLoss loss = model->gradients(pairs.examples(), key, gradients, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) ++told[i];
  });
  CHECK(loss.words == pairs.target_words());
  CHECK(told == std::vector<int>(layout.size(), 1));
  set_untouched_rows(*model, 1e9, 0, gradients);
  std::vector<double> padding = gradients;
  zero_padding<double>(layout, padding);
  CHECK(padding == gradients);

  std::vector<double> unused(layout.size());
  const double error = lockstep::testing::parameter_gradient_error(layout, parameters, gradients, [&] {
    model->bind(parameters);
    return model->gradients(pairs.examples(), key, unused, {}).objective;
  });
  CHECK(error < 1e-6);
}

TEST_CASE("A shard without examples has no loss and a gradient of zeros", "[models]") {
  const Configuration configuration = lockstep::testing::tiny_model();
  const auto model = make_model<float>(configuration, TinyPairs().sizes());
  std::vector<float> parameters(model->layout().size(), 0.1F);
  std::vector<float> gradients(model->layout().size(), 5.0F);
  model->bind(parameters);
  const ShardLoss loss = model->gradients(SentencePairs{}, {}, gradients, {});
  CHECK(loss.words == 0);
  CHECK(loss.objective == 0);
  for (const RowBlock& block : model->layout().row_blocks())
    std::fill(gradients.begin() + static_cast<std::ptrdiff_t>(block.begin),
              gradients.begin() + static_cast<std::ptrdiff_t>(block.end()), 0.0F);
  CHECK(std::all_of(gradients.begin(), gradients.end(), [](float g) { return g == 0; }));
  for (const auto& rows : model->touched_rows()) CHECK(rows.empty());
}

TEST_CASE("The loss is the same whatever stands beside a sentence, and without dropout", "[models]") {
  Configuration configuration = lockstep::testing::tiny_model();
  configuration.model.kind = GENERATE(ModelKind::kRnnSearch, ModelKind::kRnnEncDec);
  configuration.model.dropout = {0.5, 0.5, 0.5};
  const TinyPairs pairs;
  const auto model = make_model<double>(configuration, pairs.sizes());
  std::vector<double> parameters = lockstep::testing::random_values(model->layout().size(), 0.5, 22);
  model->bind(parameters);
  const ShardLoss together = model->loss(pairs.examples());
  double apart = 0;
  for (std::size_t i = 0; i < pairs.size(); ++i) apart += model->loss(pairs.example(i)).cross_entropy;
  CHECK(together.cross_entropy == Approx(apart).epsilon(1e-12));
  CHECK(together.objective == together.cross_entropy);
}

TEST_CASE("RNNsearch gives one alignment a pair whose rows sum to one", "[models]") {
  const TinyPairs pairs;
  const auto model = make_model<double>(lockstep::testing::tiny_model(), pairs.sizes());
  std::vector<double> parameters = lockstep::testing::random_values(model->layout().size(), 0.5, 23);
  model->bind(parameters);
  const std::vector<Alignment> alignments = model->alignments(pairs.examples());
  REQUIRE(alignments.size() == pairs.size());
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    const auto one = std::get<SentencePairs>(pairs.example(i));
    REQUIRE(alignments[i].rows == one.target[0].size());
    REQUIRE(alignments[i].columns == one.source[0].size());
    const Alignment alone = model->alignments(pairs.example(i)).front();
    for (std::size_t r = 0; r < alignments[i].rows; ++r) {
      double sum = 0;
      for (std::size_t c = 0; c < alignments[i].columns; ++c) {
        const float weight = alignments[i].weights[r * alignments[i].columns + c];
        CHECK(weight == Approx(alone.weights[r * alone.columns + c]).epsilon(1e-6));
        sum += weight;
      }
      CHECK(sum == Approx(1).epsilon(1e-5));
    }
  }
}

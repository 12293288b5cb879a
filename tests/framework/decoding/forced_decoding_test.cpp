#include "framework/decoding/forced_decoding.h"

#include <memory>
#include <vector>

#include "models/registry.h"
#include "tests/support/catch.h"
#include "tests/support/tiny_pairs.h"

using namespace lockstep;

TEST_CASE("forced decoding gives the loss of each pair and the alignments of a forward pass", "[decoding]") {
  Configuration configuration = testing::tiny_model();
  configuration.model.kind = GENERATE(ModelKind::kRnnSearch, ModelKind::kRnnEncDec);
  configuration.model.initial.scheme = InitialScheme::kGlorot;
  const testing::TinyPairs tiny;
  const auto model = make_model<float>(configuration, tiny.sizes());
  std::vector<float> parameters(model->layout().size());
  initialize<float>(model->layout(), 5, parameters);
  model->bind(parameters);

  const SentencePairs pairs = tiny.examples();
  const std::vector<Alignment> alignments = model->alignments(pairs);
  const std::vector<Hypothesis> forced = force(*model, pairs);
  REQUIRE(forced.size() == tiny.size());
  for (std::size_t k = 0; k < tiny.size(); ++k) {
    CHECK(forced[k].tokens == std::vector<Token>(pairs.target[k].begin(), pairs.target[k].end()));
    const ShardLoss loss = model->loss(tiny.example(k));
    CHECK(forced[k].log_probability == Approx(-loss.cross_entropy).epsilon(1e-5));
    CHECK(forced[k].score == Approx(-loss.cross_entropy / static_cast<double>(loss.words)).epsilon(1e-5));
    CHECK(forced[k].alignment.rows == pairs.target[k].size());
    if (configuration.model.kind == ModelKind::kRnnEncDec) {
      CHECK(forced[k].alignment.columns == 0);
      continue;
    }
    REQUIRE(forced[k].alignment.columns == alignments[k].columns);
    for (std::size_t i = 0; i < alignments[k].weights.size(); ++i) {
      CHECK(forced[k].alignment.weights[i] == Approx(alignments[k].weights[i]).margin(1e-6));
    }
  }
}

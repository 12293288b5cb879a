// Shards that are computed as one batch against the same shards one by one, bit for bit.
#include <algorithm>
#include <cstring>
#include <random>

#include "framework/parallel/gradient_array.h"
#include "framework/parallel/tree_accumulator.h"
#include "models/registry.h"
#include "tests/support/catch.h"

using namespace lockstep;

namespace {

constexpr std::size_t kShards = 8;
constexpr InputSizes kWords = {23, 29};

/// Shards of different sizes and sentences of different lengths; one shard has no sentence at all.
class SomeShards {
 public:
  explicit SomeShards(unsigned seed) {
    std::mt19937 random(seed);
    const auto sentence = [&](std::size_t words) {
      std::vector<Token> tokens(1 + random() % 13);
      for (Token& token : tokens) token = static_cast<Token>(1 + random() % (words - 1));
      tokens.back() = 0;
      return tokens;
    };
    sentences_.reserve(2 * kShards * 8);
    for (std::size_t shard = 0; shard < kShards; ++shard) {
      SentencePairs pairs;
      for (std::size_t i = 0; i < (shard == 5 ? 0 : 1 + random() % 7); ++i) {
        sentences_.push_back(sentence(kWords.source_vocabulary));
        pairs.source.emplace_back(sentences_.back());
        sentences_.push_back(sentence(kWords.target_vocabulary));
        pairs.target.emplace_back(sentences_.back());
      }
      examples_.emplace_back(pairs);
      keys_.push_back({7, 3, static_cast<std::uint32_t>(shard)});
    }
  }

  [[nodiscard]] const std::vector<Examples>& examples() const { return examples_; }
  [[nodiscard]] const std::vector<ShardKey>& keys() const { return keys_; }

 private:
  std::vector<std::vector<Token>> sentences_;
  std::vector<Examples> examples_;
  std::vector<ShardKey> keys_;
};

struct Outcome {
  std::vector<float> gradient;
  std::vector<ShardLoss> losses;
};

/// The gradient of all shards, so many of them computed together.
Outcome compute(Model<float>& model, const SomeShards& shards, std::size_t together) {
  const GradientShape shape(model.layout().size(), model.layout().row_blocks());
  const std::vector<TreeNode> subtrees = complete_subtrees({0, kShards}, together);
  const std::size_t arrays = TreeAccumulator::arrays_for(subtrees);
  std::vector<float> values(arrays * shape.elements());
  std::vector<std::uint64_t> marks(arrays * shape.mark_words());
  std::vector<GradientArray> free;
  for (std::size_t i = 0; i < arrays; ++i)
    free.push_back({values.data() + i * shape.elements(), marks.data() + i * shape.mark_words(), 0});
  TreeAccumulator accumulator(shape, free);
  Outcome outcome;
  outcome.losses.resize(kShards);
  for (const TreeNode& node : subtrees) {
    const ShardRange range = shards_below(node);
    const GradientArray array = accumulator.next();
    model.gradients_together(std::span(shards.examples()).subspan(range.begin, range.size()),
                             std::span(shards.keys()).subspan(range.begin, range.size()),
                             std::span(outcome.losses).subspan(range.begin, range.size()),
                             {array.values, shape.elements()}, {});
    for (std::size_t block = 0; block < model.touched_rows().size(); ++block)
      shape.mark(array, block, model.touched_rows()[block]);
    accumulator.add(node);
  }
  REQUIRE(accumulator.subtrees().size() == 1);
  const float* const sum = accumulator.subtrees().front().value.values;
  outcome.gradient.assign(sum, sum + shape.elements());
  return outcome;
}

}  // namespace

TEST_CASE("Shards that are computed together have the bits of shards that are computed one by one", "[models]") {
  Configuration configuration;
  configuration.compute.gemm = GemmEngine::kPanels;
  configuration.model.kind = GENERATE(ModelKind::kRnnSearch, ModelKind::kRnnEncDec);
  configuration.model.cell = GENERATE(CellKind::kTanh, CellKind::kGru, CellKind::kLstm);
  configuration.model.encoder = GENERATE(EncoderKind::kForward, EncoderKind::kBidirectional);
  configuration.model.embedding = 19;
  configuration.model.hidden = 37;
  configuration.model.attention = 70;
  configuration.model.maxout = 9;
  configuration.model.dropout = {0.2, 0.3, 0.25};
  configuration.training.label_smoothing = 0.1;
  const auto model = make_model<float>(configuration, kWords);
  CHECK(model->shards_together(8) == 8);
  CHECK(model->shards_together(9) == 4);
  CHECK(model->shards_together(1000) == 1);
  std::vector<float> parameters(model->layout().size());
  initialize<float>(model->layout(), 3, std::span<float>(parameters));
  // No parameter is zero, so that every path carries something.
  for (float& value : parameters) value = value * 3 + 0.01F;
  model->bind(parameters);

  const SomeShards shards(GENERATE(1U, 2U));
  const Outcome alone = compute(*model, shards, 1);
  const auto zeros = std::count(alone.gradient.begin(), alone.gradient.end(), 0.0F);
  CHECK(static_cast<std::size_t>(zeros) < alone.gradient.size() / 10);  // padding and words that no shard has
  for (const std::size_t together : {2U, 4U, 8U}) {
    CAPTURE(configuration.model.kind, configuration.model.cell, configuration.model.encoder, together);
    const Outcome joint = compute(*model, shards, together);
    for (const Parameter& parameter : model->layout().parameters()) {
      CAPTURE(parameter.name);
      CHECK(std::memcmp(joint.gradient.data() + parameter.offset, alone.gradient.data() + parameter.offset,
                        parameter.size() * sizeof(float)) == 0);
    }
    for (std::size_t shard = 0; shard < kShards; ++shard) {
      CHECK(joint.losses[shard].objective == alone.losses[shard].objective);
      CHECK(joint.losses[shard].cross_entropy == alone.losses[shard].cross_entropy);
      CHECK(joint.losses[shard].words == alone.losses[shard].words);
    }
  }
}

TEST_CASE("Engines whose rows depend on each other compute one shard at a time", "[models]") {
  Configuration configuration;
  configuration.compute.gemm = GemmEngine::kOpenBlas;
  const auto model = make_model<float>(configuration, kWords);
  CHECK(model->shards_together(1) == 1);
}

// Attention learns what it is for: trained to turn sentences round, RNNsearch looks at the word it is about to write.
#include <algorithm>
#include <chrono>
#include <cmath>

#include "framework/numeric/philox.h"
#include "framework/optimizers/optimizer.h"
#include "models/registry.h"
#include "tests/support/catch.h"
#include "tests/support/compute_kinds.h"
#include "tests/support/sanitized.h"

using namespace lockstep;

namespace {

constexpr std::size_t kWords = 22;  // twenty beside end-of-sentence and unknown
constexpr std::size_t kShortest = 3;
constexpr std::size_t kLongest = 9;

/// Random sentences and the same backwards; `number` names a batch of them.
struct ReversedSentences {
  ReversedSentences(std::uint64_t number, std::size_t count) : source(count), target(count) {
    for (std::size_t i = 0; i < count; ++i) {
      const RandomStream stream(99, RandomPurpose::kPermutation, number, static_cast<std::uint32_t>(i));
      const std::size_t length = kShortest + stream.block(0)[0] % (kLongest - kShortest + 1);
      for (std::size_t j = 0; j < length; ++j)
        source[i].push_back(static_cast<Token>(2 + stream.block(static_cast<std::uint32_t>(j + 1))[0] % (kWords - 2)));
      target[i].assign(source[i].rbegin(), source[i].rend());
      source[i].push_back(kEndOfSentence);
      target[i].push_back(kEndOfSentence);
    }
  }
  [[nodiscard]] SentencePairs pairs() const { return {{source.begin(), source.end()}, {target.begin(), target.end()}}; }

  std::vector<std::vector<Token>> source;
  std::vector<std::vector<Token>> target;
};

/// Share of words (end-of-sentence left out) whose largest weight is on the word that they repeat.
double anti_diagonal_share(Model<float>& model, const ReversedSentences& sentences) {
  std::size_t hits = 0;
  std::size_t words = 0;
  for (const Alignment& alignment : model.alignments(sentences.pairs()))
    for (std::size_t i = 0; i + 1 < alignment.rows; ++i) {
      const auto row = alignment.weights.begin() + static_cast<std::ptrdiff_t>(i * alignment.columns);
      const auto largest = std::max_element(row, row + static_cast<std::ptrdiff_t>(alignment.columns)) - row;
      hits += static_cast<std::size_t>(largest) == alignment.columns - 2 - i ? 1 : 0;
      ++words;
    }
  return static_cast<double>(hits) / static_cast<double>(words);
}

/// Trains on reversed sentences, and checks where alignments peak before and after.
void check_alignments(CellKind cell, const ComputeKind& kind) {
  CAPTURE(cell, kind.name);
  Configuration configuration;
  configuration.model.cell = cell;
  configuration.compute.gemm = kind.gemm;
  configuration.compute.precision = kind.precision;
  configuration.model.embedding = 24;
  configuration.model.hidden = 48;
  configuration.model.attention = 32;
  configuration.model.maxout = 24;
  // The paper's small initial weights make an LSTM sit on a plateau for thousands of updates.
  configuration.model.initial.scheme = InitialScheme::kGlorot;
  configuration.training.optimizer.learning_rate = 0.004;
  const auto model = make_model<float>(configuration, {kWords, kWords});
  const std::size_t size = model->layout().size();
  std::vector<float> parameters(size);
  std::vector<float> gradients(size);
  initialize<float>(model->layout(), 1, parameters);
  const auto optimizer = make_optimizer(configuration.training.optimizer, size);
  model->bind(parameters);

  const ReversedSentences held_out(1'000'000, 200);
  const double before = anti_diagonal_share(*model, held_out);
  const auto begin = std::chrono::steady_clock::now();
  for (std::uint64_t update = 1; update <= 2000; ++update) {
    const ReversedSentences batch(update, 32);
    const ShardLoss loss = model->gradients(batch.pairs(), {1, update, 0}, gradients, {});
    double squares = 0;
    for (const float g : gradients) squares += static_cast<double>(g) * static_cast<double>(g);
    const double norm = std::sqrt(squares) / static_cast<double>(loss.words);
    const double scale = std::min(1.0, 1.0 / norm) / static_cast<double>(loss.words);
    optimizer->step(update, gradients, static_cast<float>(scale), parameters);
    model->bind(parameters);
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  const double after = anti_diagonal_share(*model, held_out);
  UNSCOPED_INFO("share before " << before << ", after " << after << ", " << seconds.count() << " s");
  CHECK(before < 0.5);
  CHECK(after >= 0.95);
  if (!kSanitized) CHECK(seconds.count() < 60);
}

}  // namespace

TEST_CASE("On reversed sentences at least 95 % of alignments peak on the anti-diagonal", "[models][learning]") {
  check_alignments(GENERATE(CellKind::kGru, CellKind::kLstm), {GemmEngine::kAuto, Precision::kFloat32, "auto float32"});
}

TEST_CASE("With products in bfloat16 attention learns the same", "[models][learning]") {
  for (const ComputeKind& kind : compute_kinds()) {
    if (kind.precision == Precision::kBfloat16) check_alignments(CellKind::kGru, kind);
  }
}

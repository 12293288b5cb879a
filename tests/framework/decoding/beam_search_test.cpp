#include "framework/decoding/beam_search.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>

#include "framework/core/errors.h"
#include "framework/numeric/best_of_row.h"
#include "framework/numeric/philox.h"
#include "tests/support/catch.h"

using namespace lockstep;

namespace {

constexpr std::size_t kWords = 5;  // end of sentence, unknown and three others

/// p(word | the last two words, source): made-up numbers, so that every translation's probability can be worked out by
/// itself. α looks at the position of the word's number.
class MadeUpModel final : public Model<float> {
 public:
  explicit MadeUpModel(std::uint32_t number) : number_(number) {}

  [[nodiscard]] std::vector<double> distribution(Token source, Token before, Token last) const {
    const RandomStream stream(number_, RandomPurpose::kPermutation, static_cast<std::uint64_t>(source),
                              static_cast<std::uint32_t>((before + 1) * 10 + last + 1));
    std::vector<double> p;
    double sum = 0;
    for (std::uint32_t w = 0; w < kWords; ++w) {
      // End of sentence is unlikely enough for translations of several words.
      p.push_back((1.0 + stream.block(w)[0] % 1000) * (w == 0 ? 0.3 : 1));
      sum += p.back();
    }
    for (double& x : p) x = std::log(x / sum);
    return p;
  }
  [[nodiscard]] static std::vector<float> alpha(std::size_t positions, Token last) {
    std::vector<float> row(positions, 0.1F / static_cast<float>(positions));
    row[static_cast<std::size_t>(last + 1) % positions] += 0.9F;
    return row;
  }

  std::unique_ptr<IncrementalDecoder<float>> start_decoding(std::span<const std::span<const Token>> sources) override {
    return std::make_unique<Decoder>(*this, sources);
  }
  [[nodiscard]] const ParameterLayout& layout() const override { return layout_; }
  void bind(std::span<const float>) override {}
  ShardLoss gradients(const Examples&, const ShardKey&, std::span<float>, const GradientReady&) override { return {}; }
  ShardLoss loss(const Examples&) override { return {}; }
  std::vector<Alignment> alignments(const Examples&) override { return {}; }

  bool diverged = false;
  std::vector<std::size_t> rows;  ///< hypotheses of each step of the last search

 private:
  class Decoder final : public IncrementalDecoder<float> {
   public:
    Decoder(MadeUpModel& model, std::span<const std::span<const Token>> sources) : model_(model) {
      for (const auto source : sources) rows_.push_back({source[0], source.size(), -1, -1});
      model_.rows.clear();
    }
    void step(std::span<const std::size_t> parents, std::span<const Token> words) override {
      std::vector<Row> next;
      for (std::size_t r = 0; r < parents.size(); ++r) {
        const Row& parent = rows_.at(parents[r]);
        next.push_back({parent.source, parent.positions, parent.last, words[r]});
      }
      rows_ = std::move(next);
      model_.rows.push_back(rows_.size());
      values_.clear();
      alphas_.clear();
      for (const Row& row : rows_) {
        for (const double p : model_.distribution(row.source, row.before, row.last))
          values_.push_back(model_.diverged ? std::numeric_limits<float>::quiet_NaN() : static_cast<float>(p));
        alphas_.push_back(alpha_of(row));
      }
    }
    WordScores<float> scores(std::size_t begin, std::size_t count) override {
      const MatrixView<float> values(values_.data() + begin * kWords, count, kWords);
      peaks_.resize(count);
      log_sums_.resize(count);
      score_rows(ScoreRows<float>{values, no_bias_.data(), {peaks_.data(), count, 1}, log_sums_.data()});
      return {values, MatrixView<float>(peaks_.data(), count, 1), log_sums_};
    }
    [[nodiscard]] std::span<const float> alpha(std::size_t r) const override { return alphas_[r]; }
    [[nodiscard]] StepDetails<float> details(std::size_t) const override { return {}; }
    [[nodiscard]] ConstMatrixView<float> annotations(std::size_t) const override { return {}; }

   private:
    struct Row {
      Token source;
      std::size_t positions;
      Token before;
      Token last;
    };
    static std::vector<float> alpha_of(const Row& row) { return MadeUpModel::alpha(row.positions, row.last); }
    MadeUpModel& model_;
    std::vector<Row> rows_;
    std::vector<float> values_;
    std::array<float, kWords> no_bias_{};
    std::vector<float> peaks_;
    std::vector<double> log_sums_;
    std::vector<std::vector<float>> alphas_;
  };

  std::uint32_t number_;
  ParameterLayout layout_;
};

using Sentence = std::vector<Token>;

/// Every translation of up to `limit` words (the last of which must end it) with its log probability.
void all_translations(const std::function<std::vector<double>(Token, Token)>& distribution, std::size_t limit,
                      Sentence words, double before, std::vector<std::pair<double, Sentence>>& found) {
  const Token last = words.empty() ? -1 : words.back();
  const Token but_last = words.size() < 2 ? -1 : words[words.size() - 2];
  const std::vector<double> p = distribution(but_last, last);
  for (Token word = 0; word < static_cast<Token>(kWords); ++word) {
    if (word != kEndOfSentence && words.size() + 1 == limit) continue;
    Sentence more = words;
    more.push_back(word);
    const double log_probability = before + p[static_cast<std::size_t>(word)];
    if (word == kEndOfSentence)
      found.emplace_back(log_probability, more);
    else
      all_translations(distribution, limit, more, log_probability, found);
  }
}

std::vector<Hypothesis> search_one(std::vector<Model<float>*> models, const Sentence& source,
                                   const BeamSettings& settings) {
  const std::vector<std::span<const Token>> sources = {source};
  return beam_search(models, sources, settings).front();
}

}  // namespace

TEST_CASE("A beam wide enough finds the best of all translations, ranked by normalised score", "[decoding]") {
  const Token source = GENERATE(2, 3, 4);
  const double normalization = GENERATE(0.0, 0.6, 1.0);
  MadeUpModel model(1);
  BeamSettings settings;
  settings.beam = 700;  // more than there are: 1 + 4 + 16 + 64 + 256
  settings.n_best = 6;
  settings.normalization = normalization;
  settings.max_length_factor = 2.5;  // of two tokens: five

  std::vector<std::pair<double, Sentence>> all;
  all_translations([&](Token a, Token b) { return model.distribution(source, a, b); }, 5, {}, 0, all);
  const auto score = [&](const std::pair<double, Sentence>& t) {
    return t.first / std::pow(static_cast<double>(t.second.size()), normalization);
  };
  std::stable_sort(all.begin(), all.end(), [&](const auto& a, const auto& b) { return score(a) > score(b); });

  const std::vector<Hypothesis> best = search_one({&model}, {source, kEndOfSentence}, settings);
  REQUIRE(best.size() == 6);
  for (std::size_t n = 0; n < best.size(); ++n) {
    CHECK(best[n].tokens == all[n].second);
    CHECK(best[n].score == Approx(score(all[n])));
    CHECK(best[n].log_probability == Approx(all[n].first));
  }
}

TEST_CASE("A beam of one takes the most probable word at each step", "[decoding]") {
  MadeUpModel model(2);
  BeamSettings settings;
  settings.beam = 1;
  settings.max_length_factor = 4;
  for (const Token source : {2, 3, 4}) {
    Sentence greedy;
    double sum = 0;
    while (greedy.empty() || greedy.back() != kEndOfSentence) {
      const std::vector<double> p = model.distribution(source, greedy.size() < 2 ? -1 : greedy[greedy.size() - 2],
                                                       greedy.empty() ? -1 : greedy.back());
      const auto best = greedy.size() == 7 ? p.begin() : std::max_element(p.begin(), p.end());
      greedy.push_back(static_cast<Token>(best - p.begin()));
      sum += *best;
    }
    const std::vector<Hypothesis> found = search_one({&model}, {source, kEndOfSentence}, settings);
    CHECK(found.front().tokens == greedy);
    CHECK(found.front().log_probability == Approx(sum));
  }
}

TEST_CASE("Sentences searched together are translated as each alone, with the rows of α that chose their words",
          "[decoding]") {
  MadeUpModel model(3);
  BeamSettings settings;
  settings.beam = 3;
  settings.n_best = 3;
  const std::vector<Sentence> texts = {{2, kEndOfSentence}, {3, 2, 4, kEndOfSentence}, {4, 4, kEndOfSentence}};
  const std::vector<std::span<const Token>> sources(texts.begin(), texts.end());
  Model<float>* models[] = {&model};
  const auto together = beam_search(models, sources, settings);
  CHECK(*std::ranges::max_element(model.rows) > settings.beam);  // all in one product
  for (std::size_t k = 0; k < texts.size(); ++k) {
    const std::vector<Hypothesis> alone = search_one({&model}, texts[k], settings);
    REQUIRE(together[k].size() == alone.size());
    for (std::size_t n = 0; n < alone.size(); ++n) {
      const Hypothesis& hypothesis = together[k][n];
      CHECK(hypothesis.tokens == alone[n].tokens);
      CHECK(hypothesis.score == alone[n].score);
      CHECK(hypothesis.tokens.back() == kEndOfSentence);
      CHECK(hypothesis.tokens.size() <= 3 * texts[k].size());
      REQUIRE(hypothesis.alignment.rows == hypothesis.tokens.size());
      REQUIRE(hypothesis.alignment.columns == texts[k].size());
      for (std::size_t i = 0; i < hypothesis.tokens.size(); ++i) {
        const std::span<const float> row = hypothesis.alignment.row(i);
        CHECK(std::vector<float>(row.begin(), row.end()) ==
              MadeUpModel::alpha(texts[k].size(), i == 0 ? -1 : hypothesis.tokens[i - 1]));
      }
    }
  }
}

TEST_CASE("An ensemble averages log probabilities and weights", "[decoding]") {
  MadeUpModel first(4);
  MadeUpModel second(5);
  const Token source = 3;
  BeamSettings settings;
  settings.beam = 700;
  settings.max_length_factor = 2;
  std::vector<std::pair<double, Sentence>> all;
  all_translations(
      [&](Token a, Token b) {
        std::vector<double> mean = first.distribution(source, a, b);
        const std::vector<double> other = second.distribution(source, a, b);
        for (std::size_t w = 0; w < kWords; ++w) mean[w] = (mean[w] + other[w]) / 2;
        return mean;
      },
      4, {}, 0, all);
  const auto best = std::max_element(all.begin(), all.end(), [](const auto& a, const auto& b) {
    return a.first / static_cast<double>(a.second.size()) < b.first / static_cast<double>(b.second.size());
  });
  const Hypothesis found = search_one({&first, &second}, {source, kEndOfSentence}, settings).front();
  CHECK(found.tokens == best->second);
  CHECK(found.log_probability == Approx(best->first));
  float sum = 0;
  for (const float weight : found.alignment.row(0)) sum += weight;
  CHECK(sum == Approx(1));
}

TEST_CASE("The unknown token can be forbidden, and a model without numbers is an error", "[decoding]") {
  BeamSettings settings;
  settings.beam = 4;
  settings.n_best = 4;
  bool unknown_otherwise = false;
  for (std::uint32_t number = 10; number < 20; ++number) {
    MadeUpModel model(number);
    settings.forbid_unknown = false;
    for (const Hypothesis& hypothesis : search_one({&model}, {2, kEndOfSentence}, settings))
      unknown_otherwise |= std::ranges::count(hypothesis.tokens, kUnknown) > 0;
    settings.forbid_unknown = true;
    for (const Hypothesis& hypothesis : search_one({&model}, {2, kEndOfSentence}, settings))
      CHECK(std::ranges::count(hypothesis.tokens, kUnknown) == 0);
  }
  CHECK(unknown_otherwise);
  MadeUpModel model(1);
  model.diverged = true;
  CHECK_THROWS_AS(search_one({&model}, {2, kEndOfSentence}, settings), DataError);
}

TEST_CASE("A finished hypothesis gives up its place in the beam", "[decoding]") {
  BeamSettings settings;
  settings.beam = 4;
  settings.n_best = 4;
  settings.max_length_factor = 5;
  for (std::uint32_t number = 30; number < 40; ++number) {
    MadeUpModel model(number);
    const std::vector<Hypothesis> found = search_one({&model}, {2, kEndOfSentence}, settings);
    CHECK(found.size() == 4);
    for (std::size_t i = 0; i < model.rows.size(); ++i) {
      const auto finished = static_cast<std::size_t>(
          std::ranges::count_if(found, [i](const Hypothesis& hypothesis) { return hypothesis.tokens.size() <= i; }));
      CHECK(model.rows[i] + finished <= 4);
    }
  }
}

#include "framework/decoding/beam_search.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>

#include "framework/core/errors.h"
#include "framework/decoding/best_words.h"
#include "framework/decoding/mean_scores.h"

namespace lockstep {
namespace {

/// Hypotheses whose next words are scored in one product. Enough for products to run at full speed, few enough that the
/// scores of 30,000 words take 31 MB.
constexpr std::size_t kScoredAtOnce = 256;

/// A hypothesis that goes on: of which sentence, from which one of the step before, by which word.
struct Live {
  std::size_t sentence = 0;
  std::size_t parent = 0;
  Token word = -1;  ///< the last
  double log_probability = 0;
};

/// What one step leaves behind, so that a finished hypothesis can be followed back.
struct Step {
  std::vector<std::size_t> parents;      ///< of each hypothesis
  std::vector<Token> words;              ///< y_{i−1} of each
  std::vector<std::size_t> alpha_begin;  ///< [hypotheses + 1], into alpha
  std::vector<float> alpha;
};

class Search {
 public:
  Search(std::span<Model<float>* const> models, std::span<const std::span<const Token>> sources,
         const BeamSettings& settings, Heartbeat* heartbeat)
      : settings_(settings), heartbeat_(heartbeat), sources_(sources), finished_(sources.size()) {
    for (Model<float>* model : models) decoders_.push_back(model->start_decoding(sources));
    for (std::size_t k = 0; k < sources.size(); ++k) live_.push_back({k, k, Token{-1}, 0});
  }

  std::vector<std::vector<Hypothesis>> run() {
    while (!live_.empty()) {
      step();
      grow();
      live_.swap(next_);
    }
    for (auto& hypotheses : finished_) {
      std::stable_sort(hypotheses.begin(), hypotheses.end(),
                       [](const Hypothesis& a, const Hypothesis& b) { return a.score > b.score; });
      hypotheses.resize(std::min(hypotheses.size(), settings_.n_best));
    }
    return std::move(finished_);
  }

 private:
  /// One step of all models for the live hypotheses.
  void step() {
    Step& step = steps_.emplace_back();
    for (const Live& live : live_) {
      step.parents.push_back(live.parent);
      step.words.push_back(live.word);
    }
    for (const auto& decoder : decoders_) decoder->step(step.parents, step.words);
    if (heartbeat_ != nullptr) heartbeat_->beat();
    if (settings_.alignments) keep_alphas(step);
  }

  void keep_alphas(Step& step) {
    step.alpha_begin.push_back(0);
    for (std::size_t r = 0; r < live_.size(); ++r) {
      std::size_t attending = 0;
      const std::size_t begin = step.alpha.size();
      for (const auto& decoder : decoders_) {
        const std::span<const float> alpha = decoder->alpha(r);
        if (alpha.empty()) continue;
        if (attending++ == 0) step.alpha.resize(begin + alpha.size());
        for (std::size_t j = 0; j < alpha.size(); ++j) step.alpha[begin + j] += alpha[j];
      }
      for (std::size_t j = begin; attending > 1 && j < step.alpha.size(); ++j)
        step.alpha[j] /= static_cast<float>(attending);
      step.alpha_begin.push_back(step.alpha.size());
    }
  }

  /// The best successors of all live hypotheses: finished ones are kept, the others go to next_.
  void grow() {
    next_.clear();
    best_.clear();
    for (std::size_t begin = 0; begin < live_.size(); begin += kScoredAtOnce) {
      const std::size_t count = std::min(kScoredAtOnce, live_.size() - begin);
      const WordScores<float> scores = score(begin, count);
      for (std::size_t r = begin; r < begin + count; ++r) {
        if (r > 0 && live_[r].sentence != live_[r - 1].sentence) take_best();
        if (std::isnan(scores.log_sums[r - begin]))
          throw DataError("the model gives no probabilities (NaN): its training diverged; take an older checkpoint");
        offer_successors(r, scores, r - begin);
      }
    }
    take_best();
  }

  /// Of hypotheses [begin, begin + count).
  WordScores<float> score(std::size_t begin, std::size_t count) {
    if (decoders_.size() == 1) return decoders_.front()->scores(begin, count);
    std::vector<WordScores<float>> scores;
    for (const auto& decoder : decoders_) scores.push_back(decoder->scores(begin, count));
    return mean_scores_.average(scores);
  }

  /// Offers what may go on from hypothesis r, whose scores are in `row`.
  void offer_successors(std::size_t r, const WordScores<float>& scores, std::size_t row) {
    const std::size_t sentence = live_[r].sentence;
    const std::size_t places = settings_.beam - finished_[sentence].size();
    const double before = live_[r].log_probability;
    const auto offer = [&](Token word) {
      const double log_probability = before + scores.log_probability(row, static_cast<std::size_t>(word));
      if (best_.size() == places && log_probability <= best_.back().log_probability) return;
      const auto place = std::upper_bound(best_.begin(), best_.end(), log_probability,
                                          [](double p, const Live& other) { return p > other.log_probability; });
      best_.insert(place, {sentence, r, word, log_probability});
      if (best_.size() > places) best_.pop_back();
    };
    if (steps_.size() >= length_limit(sentence)) {
      offer(kEndOfSentence);
      return;
    }
    float floor = -std::numeric_limits<float>::infinity();
    if (best_.size() == places) {
      // What it takes to be among the best of the sentence, a little less for the rounding of these sums.
      const double least = best_.back().log_probability - before;
      const double slack = 1e-9 * (1 + std::abs(least) + std::abs(before) + std::abs(scores.log_sums[row]));
      floor = std::nextafter(static_cast<float>(least + scores.log_sums[row] - slack), floor);
    }
    // One more than there are places where the unknown token, which may be one of them, doesn't count.
    const std::span<const Token> words =
        best_words_.find({scores.values.row(row), scores.values.columns}, {scores.peaks.row(row), scores.peaks.columns},
                         places + (settings_.forbid_unknown ? 1 : 0), floor);
    for (const Token word : words) {
      if (!settings_.forbid_unknown || word != kUnknown) offer(word);
    }
  }

  /// The best of one sentence are its hypotheses from here on.
  void take_best() {
    for (const Live& candidate : best_) {
      if (candidate.word == kEndOfSentence)
        finished_[candidate.sentence].push_back(finish(candidate));
      else
        next_.push_back(candidate);
    }
    best_.clear();
  }

  [[nodiscard]] std::size_t length_limit(std::size_t sentence) const {
    const double limit = std::ceil(settings_.max_length_factor * static_cast<double>(sources_[sentence].size()));
    return std::max<std::size_t>(1, static_cast<std::size_t>(limit));
  }

  /// Follows a hypothesis that ended at the last step back to its beginning.
  [[nodiscard]] Hypothesis finish(const Live& end) const {
    const std::size_t length = steps_.size();
    Hypothesis hypothesis;
    hypothesis.tokens.resize(length);
    hypothesis.log_probability = end.log_probability;
    hypothesis.score = end.log_probability / std::pow(static_cast<double>(length), settings_.normalization);
    Alignment& alignment = hypothesis.alignment;
    alignment.rows = length;
    const Step& last = steps_.back();
    if (settings_.alignments) alignment.columns = last.alpha_begin[end.parent + 1] - last.alpha_begin[end.parent];
    alignment.weights.resize(alignment.rows * alignment.columns);
    Token word = end.word;
    for (std::size_t i = length, row = end.parent; i-- > 0;) {
      const Step& step = steps_[i];
      hypothesis.tokens[i] = word;
      if (alignment.columns > 0)
        std::copy_n(step.alpha.begin() + static_cast<std::ptrdiff_t>(step.alpha_begin[row]), alignment.columns,
                    alignment.weights.begin() + static_cast<std::ptrdiff_t>(i * alignment.columns));
      word = step.words[row];
      row = step.parents[row];
    }
    return hypothesis;
  }

  const BeamSettings& settings_;
  Heartbeat* heartbeat_;
  std::span<const std::span<const Token>> sources_;
  std::vector<std::unique_ptr<IncrementalDecoder<float>>> decoders_;
  std::vector<Live> live_;  ///< sentence by sentence
  std::vector<Live> next_;  ///< those of the next step
  std::vector<Live> best_;  ///< the best successors found so far of one sentence, best first; at most its places
  std::vector<Step> steps_;
  std::vector<std::vector<Hypothesis>> finished_;
  BestWords best_words_;
  MeanScores mean_scores_;
};

}  // namespace

std::vector<std::vector<Hypothesis>> beam_search(std::span<Model<float>* const> models,
                                                 std::span<const std::span<const Token>> sources,
                                                 const BeamSettings& settings, Heartbeat* heartbeat) {
  if (sources.empty()) return {};
  return Search(models, sources, settings, heartbeat).run();
}

}  // namespace lockstep

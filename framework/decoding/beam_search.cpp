#include "framework/decoding/beam_search.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>

#include "framework/core/errors.h"
#include "framework/decoding/best_words.h"

namespace lockstep {
namespace {

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
         const BeamSettings& settings)
      : settings_(settings), sources_(sources), finished_(sources.size()) {
    for (Model<float>* model : models) decoders_.push_back(model->start_decoding(sources));
    for (std::size_t k = 0; k < sources.size(); ++k) live_.push_back({k, k, Token{-1}, 0});
  }

  std::vector<std::vector<Hypothesis>> run() {
    while (!live_.empty()) {
      step();
      const MatrixView<float> log_probabilities = mean_log_probabilities();
      std::vector<Live> next;
      for (std::size_t begin = 0; begin < live_.size();) {
        std::size_t end = begin;
        while (end < live_.size() && live_[end].sentence == live_[begin].sentence) ++end;
        grow(begin, end, log_probabilities, next);
        begin = end;
      }
      live_ = std::move(next);
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

  /// [live hypotheses][words], in the first model's memory.
  MatrixView<float> mean_log_probabilities() {
    const MatrixView<float> mean = decoders_.front()->log_probabilities();
    if (decoders_.size() == 1) return mean;
    for (std::size_t m = 1; m < decoders_.size(); ++m) {
      const ConstMatrixView<float> other = decoders_[m]->log_probabilities();
      for (std::size_t r = 0; r < mean.rows; ++r)
        std::transform(mean.row(r), mean.row(r) + mean.columns, other.row(r), mean.row(r), std::plus<>());
    }
    const float scale = 1.0F / static_cast<float>(decoders_.size());
    for (std::size_t r = 0; r < mean.rows; ++r)
      std::transform(mean.row(r), mean.row(r) + mean.columns, mean.row(r), [scale](float x) { return x * scale; });
    return mean;
  }

  /// The best successors of one sentence's hypotheses [begin, end): finished ones are kept, the others go to `next`.
  void grow(std::size_t begin, std::size_t end, MatrixView<float> log_probabilities, std::vector<Live>& next) {
    const std::size_t sentence = live_[begin].sentence;
    std::vector<Hypothesis>& finished = finished_[sentence];
    const std::size_t places = settings_.beam - finished.size();
    const bool last = steps_.size() >= length_limit(sentence);
    std::vector<Live> candidates;
    for (std::size_t r = begin; r < end; ++r) {
      float* row = log_probabilities.row(r);
      if (settings_.forbid_unknown) row[kUnknown] = -std::numeric_limits<float>::infinity();
      const double before = live_[r].log_probability;
      if (last) {
        candidates.push_back({sentence, r, kEndOfSentence, before + static_cast<double>(row[kEndOfSentence])});
        continue;
      }
      // One more than there are places, as one of them may be the end.
      for (const Token word : best_words_.find(std::span<const float>(row, log_probabilities.columns), places + 1))
        candidates.push_back({sentence, r, word, before + static_cast<double>(row[word])});
    }
    if (std::any_of(candidates.begin(), candidates.end(), [](const Live& c) { return std::isnan(c.log_probability); }))
      throw DataError("the model gives no probabilities (NaN): its training diverged; take an older checkpoint");
    std::stable_sort(candidates.begin(), candidates.end(),
                     [](const Live& a, const Live& b) { return a.log_probability > b.log_probability; });
    std::size_t taken = 0;
    for (const Live& candidate : candidates) {
      if (taken == places) break;
      ++taken;
      if (candidate.word == kEndOfSentence)
        finished.push_back(finish(candidate));
      else
        next.push_back(candidate);
    }
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
  std::span<const std::span<const Token>> sources_;
  std::vector<std::unique_ptr<IncrementalDecoder<float>>> decoders_;
  std::vector<Live> live_;  ///< sentence by sentence
  std::vector<Step> steps_;
  std::vector<std::vector<Hypothesis>> finished_;
  BestWords best_words_;
};

}  // namespace

std::vector<std::vector<Hypothesis>> beam_search(std::span<Model<float>* const> models,
                                                 std::span<const std::span<const Token>> sources,
                                                 const BeamSettings& settings) {
  if (sources.empty()) return {};
  return Search(models, sources, settings).run();
}

}  // namespace lockstep

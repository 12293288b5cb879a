#include "framework/decoding/forced_decoding.h"

#include <cstddef>
#include <numeric>
#include <span>

namespace lockstep {

std::vector<Hypothesis> force(Model<float>& model, const SentencePairs& pairs) {
  std::vector<Hypothesis> forced(pairs.source.size());
  const auto decoder = model.start_decoding(pairs.source);
  std::vector<std::size_t> running(pairs.source.size());  // the pair of each hypothesis
  std::iota(running.begin(), running.end(), std::size_t{0});
  for (std::size_t i = 0;; ++i) {
    std::vector<std::size_t> parents;
    std::vector<Token> words;
    std::vector<std::size_t> left;
    for (std::size_t r = 0; r < running.size(); ++r) {
      const std::span<const Token> target = pairs.target[running[r]];
      if (i == target.size()) continue;
      parents.push_back(r);
      words.push_back(i == 0 ? Token{-1} : target[i - 1]);
      left.push_back(running[r]);
    }
    running = left;
    if (running.empty()) break;
    decoder->step(parents, words);
    const WordScores<float> scores = decoder->scores(0, running.size());
    for (std::size_t r = 0; r < running.size(); ++r) {
      Hypothesis& pair = forced[running[r]];
      const Token word = pairs.target[running[r]][i];
      pair.tokens.push_back(word);
      pair.log_probability += scores.log_probability(r, static_cast<std::size_t>(word));
      const std::span<const float> alpha = decoder->alpha(r);
      pair.alignment.rows = i + 1;
      pair.alignment.columns = alpha.size();
      pair.alignment.weights.insert(pair.alignment.weights.end(), alpha.begin(), alpha.end());
    }
  }
  for (Hypothesis& pair : forced) pair.score = pair.log_probability / static_cast<double>(pair.tokens.size());
  return forced;
}

}  // namespace lockstep

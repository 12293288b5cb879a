#pragma once

#include <span>
#include <vector>

#include "framework/layers/word_scores.h"

namespace lockstep {

/// The scores of an ensemble: log probabilities averaged over its models, which makes them scores again, though not of
/// a distribution. Keeps its memory from one call to the next.
class MeanScores {
 public:
  /// Of as many rows and words from each model. Valid until the next call.
  WordScores<float> average(std::span<const WordScores<float>> models);

 private:
  std::vector<float> values_;
  std::vector<float> peaks_;
  std::vector<double> log_sums_;
};

}  // namespace lockstep

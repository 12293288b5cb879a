#pragma once

#include <cstddef>
#include <limits>
#include <span>
#include <vector>

#include "framework/corpus/dataset.h"

namespace lockstep {

/// Finds the greatest values of a row of words without sorting it; keeps its memory from one call to the next.
class BestWords {
 public:
  /// The `count` words of the greatest values (all, if there are fewer), greatest first; of equal ones the lower word
  /// first. NaN counts as greatest, so that it can't hide. Valid until the next call.
  std::span<const Token> find(std::span<const float> values, std::size_t count);

  /// The same for a row without NaN whose peaks are known [peak_count(words)] (best_of_row.h). Words below `floor` are
  /// left out.
  std::span<const Token> find(std::span<const float> values, std::span<const float> peaks, std::size_t count,
                              float floor = -std::numeric_limits<float>::infinity());

 private:
  /// Leaves the `count` best of found_, in their order; returns the least of their values.
  float keep_best(std::span<const float> values, std::size_t count);

  std::vector<Token> found_;
  std::vector<float> peaks_;
  std::vector<float> greatest_peaks_;
};

}  // namespace lockstep

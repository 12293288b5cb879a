#pragma once

#include <cstddef>
#include <span>

#include "framework/numeric/matrix.h"

namespace lockstep {

/// What each word is worth after each of n hypotheses, without a pass over all words to normalise: words of one row are
/// ranked by their values as they stand.
template <typename Real>
struct WordScores {
  ConstMatrixView<Real> values;      ///< t_i W_o + b [n][words]
  ConstMatrixView<Real> peaks;       ///< the greatest of each block of words [n][peak_count(words)] (best_of_row.h)
  std::span<const double> log_sums;  ///< log Σ exp of each row [n]; NaN where the model gives no probabilities

  /// log p(y_i = word | y_1 … y_{i−1}, x) after hypothesis r.
  [[nodiscard]] double log_probability(std::size_t r, std::size_t word) const {
    return static_cast<double>(values(r, word)) - log_sums[r];
  }
};

}  // namespace lockstep

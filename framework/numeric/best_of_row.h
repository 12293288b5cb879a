#pragma once

#include <cstddef>
#include <cstdint>

#include "framework/numeric/matrix.h"

namespace lockstep {

// Finding the greatest few of a row of thousands. While a row is read for another reason, the greatest of each block of
// it is noted, its peaks; the k-th greatest peak is a value that k elements reach, so that only blocks whose peak
// reaches it are looked at again.

/// Elements a peak stands for.
inline constexpr std::size_t kPeakBlock = 256;

/// Peaks of a row of n elements.
[[nodiscard]] constexpr std::size_t peak_count(std::size_t n) {
  return (n + kPeakBlock - 1) / kPeakBlock;
}

/// Adds the bias to rows of logits and leaves what they are normalised and ranked by, in one pass.
template <typename Real>
struct ScoreRows {
  MatrixView<Real> logits;  ///< [n][V]
  const Real* bias;         ///< b [V]
  MatrixView<Real> peaks;   ///< [n][peak_count(V)]
  double* log_sums;         ///< [n]: log Σ exp(x); NaN where an x is NaN or +∞, or all are −∞
};
template <typename Real>
void score_rows(const ScoreRows<Real>& a);

/// The peaks of one row alone.
template <typename Real>
struct RowPeaks {
  const Real* values;  ///< [n]
  std::size_t n;
  Real* peaks;         ///< [peak_count(n)]; good where there is no NaN
  bool* not_a_number;  ///< whether there is a NaN
};
template <typename Real>
void row_peaks(const RowPeaks<Real>& a);

/// The places begin … end − 1 of a row whose values are at least `floor`, in their order.
template <typename Real>
struct PlacesAtLeast {
  const Real* values;
  std::size_t begin;
  std::size_t end;
  Real floor;
  std::int32_t* places;  ///< room for end − begin
  std::size_t* count;    ///< how many were found
};
template <typename Real>
void places_at_least(const PlacesAtLeast<Real>& a);

}  // namespace lockstep

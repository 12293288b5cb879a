#pragma once

#include <cstddef>

#include "framework/numeric/matrix.h"

namespace lockstep {

/// Σ_j weight_j values_j + offset for several rows that share their values: each value is loaded once for all of them.
/// A row's bits don't depend on those beside it.
template <typename Real>
struct WeightedSums {
  ConstMatrixView<Real> values;  ///< [T][K]
  const Real* const* weights;    ///< [n], each [T]
  const Real* const* offsets;    ///< [n], each [K]
  MatrixView<Real> sums;         ///< [n][K]
};
template <typename Real>
void weighted_sums(const WeightedSums<Real>& a);

}  // namespace lockstep

#pragma once

#include <cstddef>
#include <cstdint>

#include "framework/numeric/matrix.h"
#include "framework/numeric/row_parts.h"

namespace lockstep {

// Element-wise passes over matrices, vectorised for the processor at hand (Google Highway). Each takes its arguments by
// name in a struct, and comes for float and for double. Errors against exact values, in units in the last place: exp 2,
// tanh 4, sigmoid 4, save that float results of exp and sigmoid below 2^-125 may be 0. What is not a number stays so.

/// y += bias on every row; bias [columns].
template <typename Real>
struct AddBias {
  MatrixView<Real> y;
  const Real* bias;
};
template <typename Real>
void add_bias(const AddBias<Real>& a);

/// sums[c] = Σ_r x(r, c) over some rows, in their order: the gradient of a bias.
template <typename Real>
struct ColumnSums {
  ConstMatrixView<Real> x;
  RowSelection rows;
  Real* sums;
};
template <typename Real>
void column_sums(const ColumnSums<Real>& a);

/// y += x.
template <typename Real>
struct AddTo {
  ConstMatrixView<Real> x;
  MatrixView<Real> y;
};
template <typename Real>
void add_to(const AddTo<Real>& a);

/// Row rows[r] of y += row r of x, for r in order; none where rows[r] is below 0: the gradient of an embedding.
template <typename Real>
struct AddRows {
  ConstMatrixView<Real> x;
  const std::int32_t* rows;  ///< [x.rows]
  MatrixView<Real> y;
};
template <typename Real>
void add_rows(const AddRows<Real>& a);

/// y *= x, element by element.
template <typename Real>
struct MultiplyBy {
  ConstMatrixView<Real> x;
  MatrixView<Real> y;
};
template <typename Real>
void multiply_by(const MultiplyBy<Real>& a);

/// x = tanh(x).
template <typename Real>
struct TanhForward {
  MatrixView<Real> x;
};
template <typename Real>
void tanh_forward(const TanhForward<Real>& a);

/// gradient *= 1 − y², where y = tanh(x) and gradient is that of y: leaves that of x.
template <typename Real>
struct TanhBackward {
  ConstMatrixView<Real> y;
  MatrixView<Real> gradient;
};
template <typename Real>
void tanh_backward(const TanhBackward<Real>& a);

/// x = 1 / (1 + e^−x).
template <typename Real>
struct SigmoidForward {
  MatrixView<Real> x;
};
template <typename Real>
void sigmoid_forward(const SigmoidForward<Real>& a);

/// x = e^x.
template <typename Real>
struct ExpForward {
  MatrixView<Real> x;
};
template <typename Real>
void exp_forward(const ExpForward<Real>& a);

/// Copies x to y, row by row.
template <typename Real>
void copy_rows(ConstMatrixView<Real> x, MatrixView<Real> y);

/// Sets every element to zero.
template <typename Real>
void fill_zero(MatrixView<Real> x);

}  // namespace lockstep

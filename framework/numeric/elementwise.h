#pragma once

#include <cstddef>

#include "framework/numeric/matrix.h"

namespace lockstep {

// Element-wise passes over matrices, vectorised for the processor at hand (Google Highway). Each takes its arguments by
// name in a struct, and comes for float and for double. Errors against exact values, in units in the last place: exp 2,
// tanh 4, sigmoid 4.

/// y += bias on every row; bias [columns].
template <typename Real>
struct AddBias {
  MatrixView<Real> y;
  const Real* bias;
};
void add_bias(const AddBias<float>& a);
void add_bias(const AddBias<double>& a);

/// sums[c] = Σ_r x(r, c), rows in order: the gradient of a bias.
template <typename Real>
struct ColumnSums {
  ConstMatrixView<Real> x;
  Real* sums;
};
void column_sums(const ColumnSums<float>& a);
void column_sums(const ColumnSums<double>& a);

/// y += x.
template <typename Real>
struct AddTo {
  ConstMatrixView<Real> x;
  MatrixView<Real> y;
};
void add_to(const AddTo<float>& a);
void add_to(const AddTo<double>& a);

/// y *= x, element by element.
template <typename Real>
struct MultiplyBy {
  ConstMatrixView<Real> x;
  MatrixView<Real> y;
};
void multiply_by(const MultiplyBy<float>& a);
void multiply_by(const MultiplyBy<double>& a);

/// x = tanh(x).
template <typename Real>
struct TanhForward {
  MatrixView<Real> x;
};
void tanh_forward(const TanhForward<float>& a);
void tanh_forward(const TanhForward<double>& a);

/// gradient *= 1 − y², where y = tanh(x) and gradient is that of y: leaves that of x.
template <typename Real>
struct TanhBackward {
  ConstMatrixView<Real> y;
  MatrixView<Real> gradient;
};
void tanh_backward(const TanhBackward<float>& a);
void tanh_backward(const TanhBackward<double>& a);

/// x = 1 / (1 + e^−x).
template <typename Real>
struct SigmoidForward {
  MatrixView<Real> x;
};
void sigmoid_forward(const SigmoidForward<float>& a);
void sigmoid_forward(const SigmoidForward<double>& a);

/// x = e^x.
template <typename Real>
struct ExpForward {
  MatrixView<Real> x;
};
void exp_forward(const ExpForward<float>& a);
void exp_forward(const ExpForward<double>& a);

/// Copies x to y, row by row.
template <typename Real>
void copy_rows(ConstMatrixView<Real> x, MatrixView<Real> y);

/// Sets every element to zero.
template <typename Real>
void fill_zero(MatrixView<Real> x);

}  // namespace lockstep

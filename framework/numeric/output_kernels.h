#pragma once

#include <cstdint>

#include "framework/numeric/matrix.h"

namespace lockstep {

/// Maxout over pairs: output(r, j) = max(input(r, 2j), input(r, 2j + 1)) (Goodfellow et al. 2013).
template <typename Real>
struct MaxoutForward {
  ConstMatrixView<Real> input;  ///< [n][2L]
  MatrixView<Real> output;      ///< [n][L]
};
template <typename Real>
void maxout_forward(const MaxoutForward<Real>& a);

/// input becomes its own gradient: that of the output where it was the larger of the pair (the first, if equal), else
/// 0.
template <typename Real>
struct MaxoutBackward {
  ConstMatrixView<Real> d_output;  ///< [n][L]
  MatrixView<Real> input;          ///< [n][2L]
};
template <typename Real>
void maxout_backward(const MaxoutBackward<Real>& a);

/// Softmax and cross-entropy of n rows of logits + bias against one word each. With ε of label smoothing the wanted
/// distribution is (1 − ε) on the word plus ε spread evenly over all V.
template <typename Real>
struct SoftmaxCrossEntropy {
  MatrixView<Real> logits;    ///< [n][V]; becomes the gradient of the objective if `gradient`, else is used up
  const Real* bias;           ///< [V]
  const std::int32_t* words;  ///< [n]
  double smoothing;           ///< ε
  bool gradient;
  Real* d_bias;           ///< added to if `gradient`: Σ rows of the gradient [V]
  double* objective;      ///< added to: Σ of the smoothed loss, in nats
  double* cross_entropy;  ///< added to: Σ −log p(word)
};
template <typename Real>
void softmax_cross_entropy(const SoftmaxCrossEntropy<Real>& a);

}  // namespace lockstep

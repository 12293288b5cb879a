#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "framework/layers/weight.h"
#include "framework/layers/word_scores.h"
#include "framework/numeric/arena.h"

namespace lockstep {

/// Sums over words, in nats.
struct CrossEntropy {
  double objective = 0;      ///< with label smoothing
  double cross_entropy = 0;  ///< without
};

/// p(y) ∝ exp(t W_o + b), and the cross-entropy of the wanted words under it (Bahdanau et al. 2015, appendix A.2.2).
/// Rows are worked off in blocks, so that memory stays small with 30,000 words. Parameters below `prefix`: W_o
/// [L][words], b [words].
template <typename Real>
class SoftmaxOutput {
 public:
  SoftmaxOutput(ParameterLayout& layout, const Gemm<Real>& gemm, const std::string& prefix, std::size_t inputs,
                std::size_t words, InitialValue initial);

  void bind(std::span<const Real> parameters);
  [[nodiscard]] std::size_t words() const { return w_o_.columns(); }

  /// While decoding: scores of every word from t [rows][L]; valid until the arena is reset.
  WordScores<Real> scores(ConstMatrixView<Real> t, Arena& arena) const;

  /// Loss of t [rows][L] against `words` [rows].
  CrossEntropy loss(ConstMatrixView<Real> t, std::span<const std::int32_t> words, Arena& arena) const;

  /// The same for each part of the rows, into losses [parts] (overwritten), with d_t (overwritten) and the gradients of
  /// W_o and b, summed by parts. `smoothing` is ε of label smoothing.
  void loss_and_gradients(const RowParts& parts, ConstMatrixView<Real> t, std::span<const std::int32_t> words,
                          double smoothing, std::span<CrossEntropy> losses, MatrixView<Real> d_t,
                          std::span<Real> gradients, Arena& arena) const;

 private:
  /// loss_and_gradients for parts whose rows lie one after the other.
  void losses_in_order(const RowParts& parts, ConstMatrixView<Real> t, std::span<const std::int32_t> words,
                       double smoothing, std::span<CrossEntropy> losses, MatrixView<Real> d_t,
                       std::span<Real> gradients, Arena& arena) const;
  CrossEntropy block(ConstMatrixView<Real> t, std::span<const std::int32_t> words, double smoothing, Real* d_bias,
                     MatrixView<Real> logits) const;

  std::size_t block_rows_;  ///< of logits at a time; part of what the bits of a run depend on
  Weight<Real> w_o_;
  std::unique_ptr<BlockProduct<Real>> d_w_o_;  ///< its gradient, while blocks come
  Vector<Real> b_;
};

}  // namespace lockstep

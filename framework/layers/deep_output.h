#pragma once

#include <span>
#include <string>

#include "framework/layers/dropout.h"
#include "framework/layers/weight.h"

namespace lockstep {

/// What the deep output keeps from forward to backward: L is the size of the maxout layer.
template <typename Real>
struct DeepOutputTape {
  MatrixView<Real> readout;  ///< t̃ [rows][2L], then its gradient
  MatrixView<Real> maxout;   ///< t [rows][L], after dropout
  Dropout<Real> dropout;
};

/// The deep output with one maxout layer (Bahdanau et al. 2015, appendix A.2.2, with s_i as in the main text):
///   t̃_i = U_o s_i + V_o E y_{i−1} + C_o c_i + b_o,  t_i = max over pairs of t̃_i.
/// Parameters below `prefix`: U_o [H][2L], V_o [M][2L], C_o [D][2L], b_o [2L].
template <typename Real>
class DeepOutput {
 public:
  DeepOutput(ParameterLayout& layout, const Gemm<Real>& gemm, const std::string& prefix, std::size_t hidden,
             std::size_t embedding, std::size_t context, std::size_t maxout, InitialValue initial);

  void bind(std::span<const Real> parameters);

  [[nodiscard]] std::size_t readout_size() const { return u_o_.columns(); }
  [[nodiscard]] std::size_t maxout_size() const { return u_o_.columns() / 2; }

  /// y = contexts C_o + b_o, [n][2L]: one row a word, or one a sentence where the context is the same for all its
  /// words.
  void context_part(ConstMatrixView<Real> contexts, MatrixView<Real> y) const;

  /// `tape.readout` holds the contexts' part; states [rows][H], embedded [rows][M] → tape.maxout.
  void forward(const DeepOutputTape<Real>& tape, ConstMatrixView<Real> states, ConstMatrixView<Real> embedded) const;

  // While decoding t̃ is put together from parts that are multiplied once for many steps, and from the state.
  /// y = contexts C_o, [n][2L].
  void multiply_contexts(ConstMatrixView<Real> contexts, MatrixView<Real> y) const;
  /// y = embedded V_o + b_o, [n][2L].
  void multiply_words(ConstMatrixView<Real> embedded, MatrixView<Real> y) const;
  /// `readout` [rows][2L] holds both parts; adds U_o s_i, and leaves t [rows][L] in `maxout`.
  void step(ConstMatrixView<Real> states, MatrixView<Real> readout, MatrixView<Real> maxout) const;

  /// d_maxout [rows][L] (used up) → d_states (overwritten), d_embedded (overwritten) and, in tape.readout, the gradient
  /// of t̃; gradients of U_o and V_o, summed by `parts` of the rows.
  void backward(const DeepOutputTape<Real>& tape, ConstMatrixView<Real> states, ConstMatrixView<Real> embedded,
                const RowParts& parts, MatrixView<Real> d_maxout, MatrixView<Real> d_states,
                MatrixView<Real> d_embedded, std::span<Real> gradients) const;

  /// dy [n][2L], the gradient of context_part's y → d_contexts (overwritten), gradients of C_o and b_o.
  void context_backward(ConstMatrixView<Real> contexts, ConstMatrixView<Real> dy, const RowParts& parts,
                        MatrixView<Real> d_contexts, std::span<Real> gradients, Arena& arena) const;

 private:
  Weight<Real> u_o_;
  Weight<Real> v_o_;
  Weight<Real> c_o_;
  Vector<Real> b_o_;
};

}  // namespace lockstep

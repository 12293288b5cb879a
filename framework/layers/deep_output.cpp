#include "framework/layers/deep_output.h"

#include "framework/numeric/output_kernels.h"

namespace lockstep {

template <typename Real>
DeepOutput<Real>::DeepOutput(ParameterLayout& layout, const Gemm<Real>& gemm, const std::string& prefix,
                             std::size_t hidden, std::size_t embedding, std::size_t context, std::size_t maxout,
                             InitialValue initial)
    : u_o_(layout, gemm, prefix + "/U_o", hidden, 2 * maxout, initial),
      v_o_(layout, gemm, prefix + "/V_o", embedding, 2 * maxout, initial),
      c_o_(layout, gemm, prefix + "/C_o", context, 2 * maxout, initial),
      b_o_(layout, prefix + "/b_o", 2 * maxout, InitialValue::zero()) {}

template <typename Real>
void DeepOutput<Real>::bind(std::span<const Real> parameters) {
  u_o_.bind(parameters);
  v_o_.bind(parameters);
  c_o_.bind(parameters);
  b_o_.bind(parameters);
}

template <typename Real>
void DeepOutput<Real>::context_part(ConstMatrixView<Real> contexts, MatrixView<Real> y) const {
  c_o_.multiply(contexts, Real{0}, y);
  b_o_.add_to_rows(y);
}

template <typename Real>
void DeepOutput<Real>::forward(const DeepOutputTape<Real>& tape, ConstMatrixView<Real> states,
                               ConstMatrixView<Real> embedded) const {
  u_o_.multiply(states, Real{1}, tape.readout);
  v_o_.multiply(embedded, Real{1}, tape.readout);
  maxout_forward(MaxoutForward<Real>{tape.readout, tape.maxout});
  tape.dropout.apply(tape.maxout);
}

template <typename Real>
void DeepOutput<Real>::multiply_contexts(ConstMatrixView<Real> contexts, MatrixView<Real> y) const {
  c_o_.multiply(contexts, Real{0}, y);
}

template <typename Real>
void DeepOutput<Real>::multiply_words(ConstMatrixView<Real> embedded, MatrixView<Real> y) const {
  v_o_.multiply(embedded, Real{0}, y);
  b_o_.add_to_rows(y);
}

template <typename Real>
void DeepOutput<Real>::step(ConstMatrixView<Real> states, MatrixView<Real> readout, MatrixView<Real> maxout) const {
  u_o_.multiply(states, Real{1}, readout);
  maxout_forward(MaxoutForward<Real>{readout, maxout});
}

template <typename Real>
void DeepOutput<Real>::backward(const DeepOutputTape<Real>& tape, ConstMatrixView<Real> states,
                                ConstMatrixView<Real> embedded, const RowParts& parts, MatrixView<Real> d_maxout,
                                MatrixView<Real> d_states, MatrixView<Real> d_embedded,
                                std::span<Real> gradients) const {
  tape.dropout.apply(d_maxout);
  maxout_backward(MaxoutBackward<Real>{d_maxout, tape.readout});
  u_o_.multiply_transposed(tape.readout, Real{0}, d_states);
  v_o_.multiply_transposed(tape.readout, Real{0}, d_embedded);
  u_o_.gradient(parts, states, tape.readout, gradients);
  v_o_.gradient(parts, embedded, tape.readout, gradients);
}

template <typename Real>
void DeepOutput<Real>::context_backward(ConstMatrixView<Real> contexts, ConstMatrixView<Real> dy, const RowParts& parts,
                                        MatrixView<Real> d_contexts, std::span<Real> gradients, Arena& arena) const {
  c_o_.multiply_transposed(dy, Real{0}, d_contexts);
  c_o_.gradient(parts, contexts, dy, gradients);
  b_o_.gradient(parts, dy, gradients, arena);
}

template class DeepOutput<float>;
template class DeepOutput<double>;

}  // namespace lockstep

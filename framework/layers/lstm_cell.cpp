#include "framework/layers/lstm_cell.h"

#include "framework/numeric/cell_kernels.h"

namespace lockstep {

template <typename Real>
LstmCell<Real>::LstmCell(ParameterLayout& layout, const Gemm<Real>& gemm, const std::string& prefix, std::size_t hidden)
    : Cell<Real>(hidden, gate_count(CellKind::kLstm)),
      u_(layout, gemm, prefix + "/U", hidden, 4 * hidden, InitialValue::orthogonal(4)) {}

template <typename Real>
void LstmCell<Real>::bind(std::span<const Real> parameters) {
  u_.bind(parameters);
}

template <typename Real>
void LstmCell<Real>::forward(const CellTape<Real>& tape, std::size_t begin, std::size_t count) const {
  const MatrixView<Real> gates = tape.gates.row_block(begin, count);
  u_.multiply(tape.previous.row_block(begin, count), Real{1}, gates);
  lstm_forward(LstmForward<Real>{gates, tape.previous_memory.row_block(begin, count),
                                 tape.inner.row_block(begin, count), tape.state.row_block(begin, count)});
}

template <typename Real>
void LstmCell<Real>::backward(const CellTape<Real>& tape, std::size_t begin, std::size_t count,
                              ConstMatrixView<Real> d_state, MatrixView<Real> d_memory,
                              MatrixView<Real> d_previous) const {
  const MatrixView<Real> gates = tape.gates.row_block(begin, count);
  lstm_backward(LstmBackward<Real>{d_state, tape.previous_memory.row_block(begin, count),
                                   tape.inner.row_block(begin, count), gates, d_memory});
  u_.multiply_transposed(gates, Real{0}, d_previous);
}

template <typename Real>
void LstmCell<Real>::gradients(const RowParts& parts, const CellTape<Real>& tape, std::span<Real> gradients) const {
  u_.gradient(parts, tape.previous, tape.gates, gradients);
}

template class LstmCell<float>;
template class LstmCell<double>;

}  // namespace lockstep

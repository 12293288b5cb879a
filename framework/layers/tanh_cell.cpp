#include "framework/layers/tanh_cell.h"

namespace lockstep {

template <typename Real>
TanhCell<Real>::TanhCell(ParameterLayout& layout, const Gemm<Real>& gemm, const std::string& prefix, std::size_t hidden)
    : Cell<Real>(hidden, gate_count(CellKind::kTanh)),
      u_(layout, gemm, prefix + "/U", hidden, hidden, InitialValue::orthogonal(1)) {}

template <typename Real>
void TanhCell<Real>::bind(std::span<const Real> parameters) {
  u_.bind(parameters);
}

template <typename Real>
void TanhCell<Real>::forward(const CellTape<Real>& tape, std::size_t begin, std::size_t count) const {
  const MatrixView<Real> gates = tape.gates.row_block(begin, count);
  u_.multiply(tape.previous.row_block(begin, count), Real{1}, gates);
  tanh_forward(TanhForward<Real>{gates});
  copy_rows<Real>(gates, tape.state.row_block(begin, count));
}

template <typename Real>
void TanhCell<Real>::backward(const CellTape<Real>& tape, std::size_t begin, std::size_t count,
                              ConstMatrixView<Real> d_state, MatrixView<Real> /*d_memory*/,
                              MatrixView<Real> d_previous) const {
  const MatrixView<Real> gates = tape.gates.row_block(begin, count);
  copy_rows<Real>(d_state, gates);
  tanh_backward(TanhBackward<Real>{tape.state.row_block(begin, count), gates});
  u_.multiply_transposed(gates, Real{0}, d_previous);
}

template <typename Real>
void TanhCell<Real>::gradients(const RowParts& parts, const CellTape<Real>& tape, std::span<Real> gradients) const {
  u_.gradient(parts, tape.previous, tape.gates, gradients);
}

template class TanhCell<float>;
template class TanhCell<double>;

}  // namespace lockstep

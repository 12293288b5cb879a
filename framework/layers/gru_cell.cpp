#include "framework/layers/gru_cell.h"

#include "framework/numeric/cell_kernels.h"

namespace lockstep {

template <typename Real>
GruCell<Real>::GruCell(ParameterLayout& layout, const Gemm<Real>& gemm, const std::string& prefix, std::size_t hidden)
    : Cell<Real>(hidden, gate_count(CellKind::kGru)),
      u_zr_(layout, gemm, prefix + "/U_zr", hidden, 2 * hidden, InitialValue::orthogonal(2)),
      u_(layout, gemm, prefix + "/U", hidden, hidden, InitialValue::orthogonal(1)) {}

template <typename Real>
void GruCell<Real>::bind(std::span<const Real> parameters) {
  u_zr_.bind(parameters);
  u_.bind(parameters);
}

template <typename Real>
void GruCell<Real>::forward(const CellTape<Real>& tape, std::size_t begin, std::size_t count) const {
  const std::size_t n = this->hidden();
  const MatrixView<Real> gates = tape.gates.row_block(begin, count);
  const MatrixView<Real> zr = gates.column_block(0, 2 * n);
  const MatrixView<Real> candidate = gates.column_block(2 * n, n);
  const MatrixView<Real> previous = tape.previous.row_block(begin, count);
  const MatrixView<Real> reset_state = tape.inner.row_block(begin, count);
  // Products go to memory without gaps and are added by the kernels, which read both.
  const MatrixView<Real> recurrent_zr(tape.scratch.data, count, 2 * n);
  const MatrixView<Real> recurrent(tape.scratch.data, count, n);
  u_zr_.multiply(previous, Real{0}, recurrent_zr);
  gru_gates(GruGates<Real>{recurrent_zr, zr, previous, reset_state});
  u_.multiply(reset_state, Real{0}, recurrent);
  gru_state(GruState<Real>{recurrent, zr.column_block(0, n), previous, candidate, tape.state.row_block(begin, count)});
}

template <typename Real>
void GruCell<Real>::backward(const CellTape<Real>& tape, std::size_t begin, std::size_t count,
                             ConstMatrixView<Real> d_state, MatrixView<Real> /*d_memory*/,
                             MatrixView<Real> d_previous) const {
  const std::size_t n = this->hidden();
  const MatrixView<Real> gates = tape.gates.row_block(begin, count);
  const MatrixView<Real> candidate = gates.column_block(2 * n, n);
  const MatrixView<Real> previous = tape.previous.row_block(begin, count);
  const MatrixView<Real> d_reset_state(tape.scratch.data, count, n);
  gru_state_backward(GruStateBackward<Real>{d_state, previous, gates.column_block(0, n), candidate, d_previous});
  u_.multiply_transposed(candidate, Real{0}, d_reset_state);
  gru_reset_backward(GruResetBackward<Real>{d_reset_state, previous, gates.column_block(n, n), d_previous});
  u_zr_.multiply_transposed(gates.column_block(0, 2 * n), Real{1}, d_previous);
}

template <typename Real>
void GruCell<Real>::gradients(const RowParts& parts, const CellTape<Real>& tape, std::span<Real> gradients) const {
  const std::size_t n = this->hidden();
  u_zr_.gradient(parts, tape.previous, tape.gates.column_block(0, 2 * n), gradients);
  u_.gradient(parts, tape.inner, tape.gates.column_block(2 * n, n), gradients);
}

template class GruCell<float>;
template class GruCell<double>;

}  // namespace lockstep

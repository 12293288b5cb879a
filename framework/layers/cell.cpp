#include "framework/layers/cell.h"

#include <algorithm>

#include "framework/core/errors.h"
#include "framework/layers/gru_cell.h"
#include "framework/layers/lstm_cell.h"
#include "framework/layers/tanh_cell.h"
#include "framework/numeric/elementwise.h"

namespace lockstep {

std::size_t gate_count(CellKind kind) {
  switch (kind) {
    case CellKind::kTanh:
      return 1;
    case CellKind::kGru:
      return 3;
    case CellKind::kLstm:
      return 4;
  }
  throw ConfigError("model.cell: this program knows no such cell");
}

template <typename Real>
CellTape<Real> Cell<Real>::make_tape(std::size_t rows, std::size_t sentences, MatrixView<Real> states,
                                     Arena& arena) const {
  return make_tape(arena.matrix<Real>(rows, gates() * hidden_), sentences, states, arena);
}

template <typename Real>
CellTape<Real> Cell<Real>::make_tape(MatrixView<Real> gates, std::size_t sentences, MatrixView<Real> states,
                                     Arena& arena) const {
  const std::size_t rows = gates.rows;
  CellTape<Real> tape;
  tape.gates = gates;
  tape.previous = arena.matrix<Real>(rows, hidden_);
  tape.state = states;
  if (has_inner()) tape.inner = arena.matrix<Real>(rows, hidden_);
  if (has_memory()) tape.previous_memory = arena.matrix<Real>(rows, hidden_);
  tape.scratch = arena.matrix<Real>(sentences, 2 * hidden_);
  return tape;
}

template <typename Real>
void Cell<Real>::carry(const CellTape<Real>& tape, std::size_t from, std::size_t to, std::size_t count) const {
  copy_rows<Real>(tape.state.row_block(from, count), tape.previous.row_block(to, count));
  if (has_memory()) copy_rows<Real>(tape.inner.row_block(from, count), tape.previous_memory.row_block(to, count));
}

template <typename Real>
void Cell<Real>::start(const CellTape<Real>& tape, std::size_t to, std::size_t count) const {
  fill_zero(tape.previous.row_block(to, count));
  if (has_memory()) fill_zero(tape.previous_memory.row_block(to, count));
}

template <typename Real>
void Cell<Real>::resume(ConstMatrixView<Real> states, ConstMatrixView<Real> memories, std::span<const std::size_t> rows,
                        const CellTape<Real>& tape) const {
  for (std::size_t r = 0; r < rows.size(); ++r) {
    std::copy_n(states.row(rows[r]), hidden_, tape.previous.row(r));
    if (has_memory()) std::copy_n(memories.row(rows[r]), hidden_, tape.previous_memory.row(r));
  }
}

template <typename Real>
ConstMatrixView<Real> Cell<Real>::memories(const CellTape<Real>& tape) const {
  return has_memory() ? ConstMatrixView<Real>(tape.inner) : ConstMatrixView<Real>();
}

template <typename Real>
std::unique_ptr<Cell<Real>> make_cell(CellKind kind, ParameterLayout& layout, const Gemm<Real>& gemm,
                                      const std::string& prefix, std::size_t hidden) {
  switch (kind) {
    case CellKind::kTanh:
      return std::make_unique<TanhCell<Real>>(layout, gemm, prefix, hidden);
    case CellKind::kGru:
      return std::make_unique<GruCell<Real>>(layout, gemm, prefix, hidden);
    case CellKind::kLstm:
      return std::make_unique<LstmCell<Real>>(layout, gemm, prefix, hidden);
  }
  throw ConfigError("model.cell: this program knows no such cell");
}

template class Cell<float>;
template class Cell<double>;
template std::unique_ptr<Cell<float>> make_cell(CellKind, ParameterLayout&, const Gemm<float>&, const std::string&,
                                                std::size_t);
template std::unique_ptr<Cell<double>> make_cell(CellKind, ParameterLayout&, const Gemm<double>&, const std::string&,
                                                 std::size_t);

}  // namespace lockstep

#include "framework/layers/recurrence.h"

#include <algorithm>

namespace lockstep {

template <typename Real>
Recurrence<Real>::Recurrence(CellKind kind, Direction direction, ParameterLayout& layout, const Gemm<Real>& gemm,
                             const std::string& prefix, std::size_t inputs, std::size_t hidden, InitialValue initial)
    : direction_(direction),
      w_(layout, gemm, prefix + "/W", inputs, gate_count(kind) * hidden, initial),
      b_(layout, prefix + "/b", gate_count(kind) * hidden, InitialValue::zero()),
      cell_(make_cell<Real>(kind, layout, gemm, prefix, hidden)) {}

template <typename Real>
void Recurrence<Real>::bind(std::span<const Real> parameters) {
  w_.bind(parameters);
  b_.bind(parameters);
  cell_->bind(parameters);
}

template <typename Real>
CellTape<Real> Recurrence<Real>::forward(const TimeMajor& words, ConstMatrixView<Real> x, MatrixView<Real> states,
                                         Arena& arena) const {
  const CellTape<Real> tape = cell_->make_tape(words.rows(), words.sentences(), states, arena);
  w_.multiply(x, Real{0}, tape.gates);
  b_.add_to_rows(tape.gates);
  const std::size_t steps = words.steps();
  for (std::size_t i = 0; i < steps; ++i) {
    const std::size_t t = direction_ == Direction::kForward ? i : steps - 1 - i;
    const std::size_t begin = words.begin(t);
    const std::size_t count = words.active(t);
    // Sentences that were running at the step before; the others begin here.
    std::size_t carried = 0;
    if (i > 0) {
      const std::size_t before = direction_ == Direction::kForward ? t - 1 : t + 1;
      carried = std::min(count, words.active(before));
      cell_->carry(tape, words.begin(before), begin, carried);
    }
    if (carried < count) cell_->start(tape, begin + carried, count - carried);
    cell_->forward(tape, begin, count);
  }
  return tape;
}

template <typename Real>
void Recurrence<Real>::backward(const TimeMajor& words, const CellTape<Real>& tape, ConstMatrixView<Real> x,
                                MatrixView<Real> d_states, Real beta, MatrixView<Real> dx, std::span<Real> gradients,
                                Arena& arena) const {
  const std::size_t hidden = cell_->hidden();
  const MatrixView<Real> d_previous = arena.matrix<Real>(words.sentences(), hidden);
  const MatrixView<Real> d_memory = arena.matrix<Real>(words.sentences(), hidden);
  fill_zero(d_memory);
  const std::size_t steps = words.steps();
  for (std::size_t i = 0; i < steps; ++i) {
    const std::size_t t = direction_ == Direction::kForward ? steps - 1 - i : i;
    const std::size_t begin = words.begin(t);
    const std::size_t count = words.active(t);
    cell_->backward(tape, begin, count, d_states.row_block(begin, count), d_memory.row_block(0, count),
                    d_previous.row_block(0, count));
    if (i + 1 == steps) break;
    const std::size_t before = direction_ == Direction::kForward ? t - 1 : t + 1;
    const std::size_t carried = std::min(count, words.active(before));
    add_to(AddTo<Real>{d_previous.row_block(0, carried), d_states.row_block(words.begin(before), carried)});
  }
  w_.multiply_transposed(tape.gates, beta, dx);
  const RowParts parts = words.row_parts();
  w_.gradient(parts, x, tape.gates, gradients);
  b_.gradient(parts, tape.gates, gradients, arena);
  cell_->gradients(parts, tape, gradients);
}

template class Recurrence<float>;
template class Recurrence<double>;

}  // namespace lockstep

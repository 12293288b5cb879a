#pragma once

#include <memory>
#include <span>
#include <string>

#include "framework/core/configuration.h"
#include "framework/layers/parameters.h"
#include "framework/numeric/arena.h"
#include "framework/numeric/gemm.h"
#include "framework/numeric/matrix.h"

namespace lockstep {

/// G: blocks of pre-activations that a cell has.
[[nodiscard]] std::size_t gate_count(CellKind kind);

/// What a cell keeps of every row (a word of a sentence, time-major) from the forward to the backward pass. H is the
/// size of the state, G the number of gates.
template <typename Real>
struct CellTape {
  MatrixView<Real> gates;     ///< [rows][G·H]: inputs' part of the pre-activations, then activations, then gradients
  MatrixView<Real> previous;  ///< [rows][H]: the state that comes in
  MatrixView<Real> state;     ///< [rows][H]: the state that goes out; lies where the caller wants it
  MatrixView<Real> inner;     ///< [rows][H]: r ∘ previous (GRU) or memory (LSTM)
  MatrixView<Real> previous_memory;  ///< [rows][H], LSTM only
  MatrixView<Real> scratch;          ///< [sentences][2H]
};

/// A recurrent cell without its input weights: the caller lays the inputs' part of the pre-activations into the tape,
/// for all rows at once where it can, and the cell adds what comes from the previous state.
template <typename Real>
class Cell {
 public:
  Cell(std::size_t hidden, std::size_t gates) : hidden_(hidden), gates_(gates) {}
  virtual ~Cell() = default;

  [[nodiscard]] std::size_t hidden() const { return hidden_; }
  /// G: pre-activations have G blocks of H columns.
  [[nodiscard]] std::size_t gates() const { return gates_; }

  virtual void bind(std::span<const Real> parameters) = 0;

  /// `states` [rows][H] is where states go. The second form takes over the inputs' part [rows][G·H], laid out already.
  [[nodiscard]] CellTape<Real> make_tape(std::size_t rows, std::size_t sentences, MatrixView<Real> states,
                                         Arena& arena) const;
  [[nodiscard]] CellTape<Real> make_tape(MatrixView<Real> gates, std::size_t sentences, MatrixView<Real> states,
                                         Arena& arena) const;

  /// The states of rows from, from + 1, … come in at rows to, to + 1, …
  void carry(const CellTape<Real>& tape, std::size_t from, std::size_t to, std::size_t count) const;

  /// Zero states come in at rows to, to + 1, …
  void start(const CellTape<Real>& tape, std::size_t to, std::size_t count) const;

  /// While decoding: row r of a fresh tape goes on from row rows[r] of `states` and, with an LSTM, of `memories`.
  void resume(ConstMatrixView<Real> states, ConstMatrixView<Real> memories, std::span<const std::size_t> rows,
              const CellTape<Real>& tape) const;

  /// After forward(): the memories that go out [rows][H]; empty but for an LSTM.
  [[nodiscard]] ConstMatrixView<Real> memories(const CellTape<Real>& tape) const;

  /// One step for rows [begin, begin + count).
  virtual void forward(const CellTape<Real>& tape, std::size_t begin, std::size_t count) const = 0;

  /// One step back: from d_state [count][H] to the gradients of the pre-activations, in tape.gates, and to
  /// d_previous [count][H] (overwritten). d_memory [count][H] carries the gradient of the LSTM's memory from step to
  /// step and is zero before the last.
  virtual void backward(const CellTape<Real>& tape, std::size_t begin, std::size_t count, ConstMatrixView<Real> d_state,
                        MatrixView<Real> d_memory, MatrixView<Real> d_previous) const = 0;

  /// The gradients of the recurrent weights from all rows of the tape, summed by parts, after the last backward().
  virtual void gradients(const RowParts& parts, const CellTape<Real>& tape, std::span<Real> gradients) const = 0;

 protected:
  [[nodiscard]] virtual bool has_inner() const { return false; }
  [[nodiscard]] virtual bool has_memory() const { return false; }

 private:
  std::size_t hidden_;
  std::size_t gates_;
};

/// A cell whose recurrent weights are named below `prefix`.
template <typename Real>
[[nodiscard]] std::unique_ptr<Cell<Real>> make_cell(CellKind kind, ParameterLayout& layout, const Gemm<Real>& gemm,
                                                    const std::string& prefix, std::size_t hidden);

}  // namespace lockstep

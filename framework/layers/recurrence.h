#pragma once

#include <memory>
#include <span>
#include <string>

#include "framework/layers/cell.h"
#include "framework/layers/time_major.h"
#include "framework/layers/weight.h"

namespace lockstep {

/// Which way a recurrence runs over a sentence.
enum class Direction { kForward, kBackward };

/// A recurrent layer over whole sentences, from zero states. The inputs of all steps are multiplied at once before the
/// recurrence, and all weight gradients come at once after it.
/// Parameters below `prefix`: W [inputs][G·H], b [G·H], and the cell's.
template <typename Real>
class Recurrence {
 public:
  Recurrence(CellKind kind, Direction direction, ParameterLayout& layout, const Gemm<Real>& gemm,
             const std::string& prefix, std::size_t inputs, std::size_t hidden, InitialValue initial);

  void bind(std::span<const Real> parameters);

  /// x [rows][inputs] → states [rows][H], both in the order of `words`. Keep the tape for backward().
  CellTape<Real> forward(const TimeMajor& words, ConstMatrixView<Real> x, MatrixView<Real> states, Arena& arena) const;

  /// d_states [rows][H] (used up) → dx = d_pre-activations Wᵀ + beta dx, and the gradients of all parameters.
  void backward(const TimeMajor& words, const CellTape<Real>& tape, ConstMatrixView<Real> x, MatrixView<Real> d_states,
                Real beta, MatrixView<Real> dx, std::span<Real> gradients, Arena& arena) const;

 private:
  Direction direction_;
  Weight<Real> w_;
  Vector<Real> b_;
  std::unique_ptr<Cell<Real>> cell_;
};

}  // namespace lockstep

#pragma once

#include "framework/numeric/matrix.h"

namespace lockstep {

// The element-wise part of the recurrent cells, one fused pass each. n rows (sentences still running), H columns a
// gate.

/// GRU gates (Bahdanau et al. 2015, appendix A.1.1): gates [n][2H] holds the inputs' part of the pre-activations of
/// z | r and then z | r; reset_state [n][H] = r ∘ s_{i−1}.
template <typename Real>
struct GruGates {
  ConstMatrixView<Real> recurrent;  ///< the previous state's part [n][2H]
  MatrixView<Real> gates;
  ConstMatrixView<Real> previous;
  MatrixView<Real> reset_state;
};
template <typename Real>
void gru_gates(const GruGates<Real>& a);

/// GRU state: candidate [n][H] holds the inputs' part of the pre-activation of s̃ and then s̃;
/// state = (1 − z) ∘ previous + z ∘ s̃.
template <typename Real>
struct GruState {
  ConstMatrixView<Real> recurrent;  ///< the part of r ∘ s_{i−1} [n][H]
  ConstMatrixView<Real> update;     ///< z [n][H]
  ConstMatrixView<Real> previous;
  MatrixView<Real> candidate;
  MatrixView<Real> state;
};
template <typename Real>
void gru_state(const GruState<Real>& a);

/// From the gradient of the state: z becomes the gradient of z's pre-activation, s̃ that of s̃'s, and
/// d_previous = d_state ∘ (1 − z), the part that does not go through the gates.
template <typename Real>
struct GruStateBackward {
  ConstMatrixView<Real> d_state;
  ConstMatrixView<Real> previous;
  MatrixView<Real> update;
  MatrixView<Real> candidate;
  MatrixView<Real> d_previous;
};
template <typename Real>
void gru_state_backward(const GruStateBackward<Real>& a);

/// From the gradient of r ∘ previous: r becomes the gradient of r's pre-activation; d_previous += d_reset_state ∘ r.
template <typename Real>
struct GruResetBackward {
  ConstMatrixView<Real> d_reset_state;
  ConstMatrixView<Real> previous;
  MatrixView<Real> reset;
  MatrixView<Real> d_previous;
};
template <typename Real>
void gru_reset_backward(const GruResetBackward<Real>& a);

/// LSTM (Hochreiter and Schmidhuber 1997, with forget gate): gates [n][4H] holds the pre-activations of i | f | o | g
/// and then their values; memory = f ∘ previous_memory + i ∘ g; state = o ∘ tanh(memory).
template <typename Real>
struct LstmForward {
  MatrixView<Real> gates;
  ConstMatrixView<Real> previous_memory;
  MatrixView<Real> memory;
  MatrixView<Real> state;
};
template <typename Real>
void lstm_forward(const LstmForward<Real>& a);

/// gates becomes the gradients of the pre-activations; d_memory holds the gradient that comes to this step's memory
/// from the next step, and then the one that goes on to the previous memory.
template <typename Real>
struct LstmBackward {
  ConstMatrixView<Real> d_state;
  ConstMatrixView<Real> previous_memory;
  ConstMatrixView<Real> memory;
  MatrixView<Real> gates;
  MatrixView<Real> d_memory;
};
template <typename Real>
void lstm_backward(const LstmBackward<Real>& a);

}  // namespace lockstep

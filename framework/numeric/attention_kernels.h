#pragma once

#include <cstddef>

#include "framework/numeric/matrix.h"

namespace lockstep {

// Attention of one decoder state over one source sentence of T_x positions: energies, softmax and context in one pass
// (Bahdanau et al. 2015, section 3.1 and appendix A.1.2). A is the size of the attention network, D that of an
// annotation.

/// e_j = v_aᵀ tanh(query + keys_j), α = softmax(e), context = Σ_j α_j values_j.
template <typename Real>
struct AttendForward {
  const Real* query;             ///< W_a s_{i−1} [A]
  ConstMatrixView<Real> keys;    ///< U_a h_j [T_x][A]
  const Real* v;                 ///< v_a [A]
  ConstMatrixView<Real> values;  ///< h_j [T_x][D]
  Real* alpha;                   ///< out, [T_x]
  Real* context;                 ///< out, [D]
};
template <typename Real>
void attend_forward(const AttendForward<Real>& a);

/// Gradients from that of the context; tanh is computed again rather than kept for all i, j.
template <typename Real>
struct AttendBackward {
  const Real* query;
  ConstMatrixView<Real> keys;
  const Real* v;
  ConstMatrixView<Real> values;
  const Real* alpha;
  const Real* d_context;
  Real* d_query;              ///< out, [A]; may be query itself
  MatrixView<Real> d_keys;    ///< added to, [T_x][A]
  MatrixView<Real> d_values;  ///< added to, [T_x][D]
  Real* d_v;                  ///< added to, [A]
  Real* d_energies;           ///< scratch, [T_x]
};
template <typename Real>
void attend_backward(const AttendBackward<Real>& a);

}  // namespace lockstep

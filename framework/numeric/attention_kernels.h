#pragma once

#include <cstddef>

#include "framework/numeric/matrix.h"

namespace lockstep {

// Attention of one decoder state over one source sentence of T_x positions: energies, softmax and context in one pass
// (Bahdanau et al. 2015, section 3.1 and appendix A.1.2). A is the size of the attention network, D that of an
// annotation.
//
// tanh(q + k) = 1 - 2 / (1 + e^2q e^2k), so that from the powers e^2q of a query and e^2k of the keys, each computed
// once, a product and a reciprocal take the place of a tanh for every pair of words. Absolute errors stay within some
// units of 2^-24. A number beyond +-40, where powers leave the range of float, sends its query the plain way.

/// powers = e^2k. `*usable` says whether all keys are within +-40.
template <typename Real>
struct KeyPowers {
  ConstMatrixView<Real> keys;  ///< U_a h_j [n][A]
  MatrixView<Real> powers;     ///< out, [n][A]
  bool* usable;                ///< out
};
template <typename Real>
void key_powers(const KeyPowers<Real>& a);

/// e_j = v_aᵀ tanh(query + keys_j), α = softmax(e), context = Σ_j α_j values_j.
template <typename Real>
struct AttendForward {
  const Real* query;             ///< W_a s_{i−1} [A]
  ConstMatrixView<Real> keys;    ///< U_a h_j [T_x][A]
  ConstMatrixView<Real> powers;  ///< of the keys [T_x][A]; without data where they can't be used
  const Real* v;                 ///< v_a [A]
  ConstMatrixView<Real> values;  ///< h_j [T_x][D]
  Real* query_power;             ///< scratch, [A]
  Real* alpha;                   ///< out, [T_x]
  Real* context;                 ///< out, [D]
};
template <typename Real>
void attend_forward(const AttendForward<Real>& a);

/// One step back, from the gradient of the context: what the decoder needs to go on to the step before.
template <typename Real>
struct AttendBackward {
  const Real* query;
  ConstMatrixView<Real> keys;
  ConstMatrixView<Real> powers;
  const Real* v;
  ConstMatrixView<Real> values;
  const Real* alpha;
  const Real* d_context;
  Real* query_power;  ///< scratch, [A]
  Real* d_energies;   ///< out, [T_x]
  Real* d_query;      ///< out, [A]
};
template <typename Real>
void attend_backward(const AttendBackward<Real>& a);

/// After the steps of a sentence, from all its T_y target words at once: what goes to the sentence. Its gradients thus
/// pass through memory once and not once a word; the tanh are computed again rather than kept for all i, j.
template <typename Real>
struct AttendKeysBackward {
  std::size_t steps;              ///< T_y
  const Real* const* queries;     ///< T_y rows of [A]
  const Real* const* d_contexts;  ///< T_y rows of [D]
  ConstMatrixView<Real> keys;     ///< [T_x][A]
  ConstMatrixView<Real> powers;   ///< as above
  const Real* v;                  ///< [A]
  const Real* alphas;             ///< [T_y][T_x]
  const Real* d_energies;         ///< [T_y][T_x]
  MatrixView<Real> query_powers;  ///< scratch, at least T_y rows of [A]
  MatrixView<Real> d_keys;        ///< out, [T_x][A]
  MatrixView<Real> d_values;      ///< added to, [T_x][D]
  Real* d_v;                      ///< added to, [A]
};
template <typename Real>
void attend_keys_backward(const AttendKeysBackward<Real>& a);

}  // namespace lockstep

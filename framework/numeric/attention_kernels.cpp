#include "framework/numeric/attention_kernels.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "framework/numeric/attention_kernels.cpp"
#include <hwy/foreach_target.h>  // compiles the kernels once for each instruction set

#include "framework/numeric/kernels-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lockstep {
namespace HWY_NAMESPACE {

// Positions are worked off four at a time, each load of a query or of v serving four of them. Where fewer are left, the
// last one stands in for those that are missing.

/// y = 1 / (1 + e^2(q + k)), with which tanh(q + k) = 1 - 2y and tanh' = 4y (1 - y), from powers of q and k.
struct FromPowers {
  template <class D>
  static HWY_INLINE hn::Vec<D> y(D d, hn::Vec<D> query, hn::Vec<D> key) {
    // Far beyond where y is 0, so that no product overflows; NaN stays.
    const auto power = at_most(d, hn::TFromD<D>{1e37F}, hn::Mul(query, key));
    return reciprocal(d, hn::Add(power, hn::Set(d, hn::TFromD<D>{1})));
  }
};

/// The same from q and k themselves, of any size.
struct FromSums {
  template <class D>
  static HWY_INLINE hn::Vec<D> y(D d, hn::Vec<D> query, hn::Vec<D> key) {
    return sigmoid(d, hn::Mul(hn::Set(d, hn::TFromD<D>{-2}), hn::Add(query, key)));
  }
};

/// to = e^2from over n elements; whether all are within +-40, which NaN is not.
template <typename Real>
bool double_powers(const Real* from, std::size_t n, Real* to) {
  const hn::ScalableTag<Real> d;
  const auto limit = hn::Set(d, Real{40});
  auto within = hn::Eq(limit, limit);
  for_vectors(d, n, [&](auto lanes, std::size_t i) HWY_ATTR {
    const auto x = lanes.load(d, from + i);
    within = hn::And(within, hn::Le(hn::Abs(x), limit));
    lanes.store(d, exponential(d, hn::Add(x, x)), to + i);
  });
  return hn::AllTrue(d, within);
}

template <typename Real>
void key_powers_kernel(const KeyPowers<Real>& a) {
  bool usable = true;
  for (std::size_t r = 0; r < a.keys.rows && usable; ++r)
    usable = double_powers(a.keys.row(r), a.keys.columns, a.powers.row(r));
  *a.usable = usable;
}

/// x = softmax(x) over n elements.
template <typename Real>
void softmax_in_place(Real* x, std::size_t n) {
  const hn::ScalableTag<Real> d;
  const auto largest = hn::Set(d, *std::max_element(x, x + n));
  for_vectors(d, n, [&](auto lanes, std::size_t i) HWY_ATTR {
    lanes.store(d, exponential_of_nonpositive(d, hn::Sub(lanes.load(d, x + i), largest)), x + i);
  });
  auto sum = hn::Zero(d);
  for_vectors(d, n, [&](auto lanes, std::size_t i) HWY_ATTR { sum = hn::Add(sum, lanes.load(d, x + i)); });
  const auto scale = hn::Set(d, Real{1} / sum_of_lanes(d, sum));
  for_vectors(d, n,
              [&](auto lanes, std::size_t i) HWY_ATTR { lanes.store(d, hn::Mul(lanes.load(d, x + i), scale), x + i); });
}

/// The four rows of a matrix from `first` on.
template <typename Real>
struct FourRows {
  FourRows(MatrixView<Real> matrix, std::size_t first)
      : last(matrix.rows - 1),
        a(matrix.row(first)),
        b(matrix.row(std::min(first + 1, last))),
        c(matrix.row(std::min(first + 2, last))),
        d(matrix.row(std::min(first + 3, last))) {}
  std::size_t last;
  Real* a;
  Real* b;
  Real* c;
  Real* d;
};

/// x[first] .. x[first + 3], and 0 from n on.
template <typename Real>
struct FourNumbers {
  FourNumbers(const Real* x, std::size_t first, std::size_t n)
      : a(x[first]),
        b(first + 1 < n ? x[first + 1] : Real{0}),
        c(first + 2 < n ? x[first + 2] : Real{0}),
        d(first + 3 < n ? x[first + 3] : Real{0}) {}
  Real a;
  Real b;
  Real c;
  Real d;
};

/// out[j] = a . row j of x.
template <typename Real>
void row_products(const Real* a, ConstMatrixView<Real> x, Real* out) {
  const hn::ScalableTag<Real> d;
  for (std::size_t j = 0; j < x.rows; j += 4) {
    const FourRows<const Real> row(x, j);
    auto sum_a = hn::Zero(d);
    auto sum_b = hn::Zero(d);
    auto sum_c = hn::Zero(d);
    auto sum_d = hn::Zero(d);
    for_vectors(d, x.columns, [&](auto lanes, std::size_t k) HWY_ATTR {
      const auto factor = lanes.load(d, a + k);
      sum_a = hn::MulAdd(factor, lanes.load(d, row.a + k), sum_a);
      sum_b = hn::MulAdd(factor, lanes.load(d, row.b + k), sum_b);
      sum_c = hn::MulAdd(factor, lanes.load(d, row.c + k), sum_c);
      sum_d = hn::MulAdd(factor, lanes.load(d, row.d + k), sum_d);
    });
    out[j] = sum_of_lanes(d, sum_a);
    if (j + 1 <= row.last) out[j + 1] = sum_of_lanes(d, sum_b);
    if (j + 2 <= row.last) out[j + 2] = sum_of_lanes(d, sum_c);
    if (j + 3 <= row.last) out[j + 3] = sum_of_lanes(d, sum_d);
  }
}

/// out = sum of weights[j] times row j of x.
template <typename Real>
void weighted_row(const Real* weights, ConstMatrixView<Real> x, Real* out) {
  const hn::ScalableTag<Real> d;
  for (std::size_t j = 0; j < x.rows; j += 4) {
    const FourRows<const Real> row(x, j);
    const FourNumbers<Real> weight(weights, j, x.rows);
    const auto weight_a = hn::Set(d, weight.a);
    const auto weight_b = hn::Set(d, weight.b);
    const auto weight_c = hn::Set(d, weight.c);
    const auto weight_d = hn::Set(d, weight.d);
    for_vectors(d, x.columns, [&](auto lanes, std::size_t k) HWY_ATTR {
      auto sum = j == 0 ? hn::Zero(d) : lanes.load(d, out + k);
      sum = hn::MulAdd(weight_a, lanes.load(d, row.a + k), sum);
      sum = hn::MulAdd(weight_b, lanes.load(d, row.b + k), sum);
      sum = hn::MulAdd(weight_c, lanes.load(d, row.c + k), sum);
      lanes.store(d, hn::MulAdd(weight_d, lanes.load(d, row.d + k), sum), out + k);
    });
  }
}

/// out[j] = -2 v . y of the query and key j: the energy less the sum of v, which softmax doesn't see.
template <class Y, typename Real>
void shifted_energies(const Real* query, ConstMatrixView<Real> keys, const Real* v, Real* out) {
  const hn::ScalableTag<Real> d;
  for (std::size_t j = 0; j < keys.rows; j += 4) {
    const FourRows<const Real> key(keys, j);
    auto sum_a = hn::Zero(d);
    auto sum_b = hn::Zero(d);
    auto sum_c = hn::Zero(d);
    auto sum_d = hn::Zero(d);
    for_vectors(d, keys.columns, [&](auto lanes, std::size_t k) HWY_ATTR {
      const auto q = lanes.load(d, query + k);
      const auto weight = lanes.load(d, v + k);
      sum_a = hn::MulAdd(weight, Y::y(d, q, lanes.load(d, key.a + k)), sum_a);
      sum_b = hn::MulAdd(weight, Y::y(d, q, lanes.load(d, key.b + k)), sum_b);
      sum_c = hn::MulAdd(weight, Y::y(d, q, lanes.load(d, key.c + k)), sum_c);
      sum_d = hn::MulAdd(weight, Y::y(d, q, lanes.load(d, key.d + k)), sum_d);
    });
    out[j] = -2 * sum_of_lanes(d, sum_a);
    if (j + 1 <= key.last) out[j + 1] = -2 * sum_of_lanes(d, sum_b);
    if (j + 2 <= key.last) out[j + 2] = -2 * sum_of_lanes(d, sum_c);
    if (j + 3 <= key.last) out[j + 3] = -2 * sum_of_lanes(d, sum_d);
  }
}

template <typename Real>
void attend_forward_kernel(const AttendForward<Real>& a) {
  if (a.powers.data != nullptr && double_powers(a.query, a.keys.columns, a.query_power))
    shifted_energies<FromPowers>(a.query_power, a.powers, a.v, a.alpha);
  else
    shifted_energies<FromSums>(a.query, a.keys, a.v, a.alpha);
  softmax_in_place(a.alpha, a.keys.rows);
  weighted_row(a.alpha, a.values, a.context);
}

/// d_query = v times the sum over j of d_energies[j] tanh'(query + key j).
template <class Y, typename Real>
void query_gradient(const Real* query, ConstMatrixView<Real> keys, const Real* v, const Real* d_energies,
                    Real* d_query) {
  const hn::ScalableTag<Real> d;
  for (std::size_t j = 0; j < keys.rows; j += 4) {
    const FourRows<const Real> key(keys, j);
    const FourNumbers<Real> d_energy(d_energies, j, keys.rows);
    const auto energy_a = hn::Set(d, 4 * d_energy.a);
    const auto energy_b = hn::Set(d, 4 * d_energy.b);
    const auto energy_c = hn::Set(d, 4 * d_energy.c);
    const auto energy_d = hn::Set(d, 4 * d_energy.d);
    const bool ends = j + 4 >= keys.rows;
    for_vectors(d, keys.columns, [&](auto lanes, std::size_t k) HWY_ATTR {
      const auto q = lanes.load(d, query + k);
      const auto y_a = Y::y(d, q, lanes.load(d, key.a + k));
      const auto y_b = Y::y(d, q, lanes.load(d, key.b + k));
      const auto y_c = Y::y(d, q, lanes.load(d, key.c + k));
      const auto y_d = Y::y(d, q, lanes.load(d, key.d + k));
      auto sum = j == 0 ? hn::Zero(d) : lanes.load(d, d_query + k);
      sum = hn::MulAdd(energy_a, hn::NegMulAdd(y_a, y_a, y_a), sum);
      sum = hn::MulAdd(energy_b, hn::NegMulAdd(y_b, y_b, y_b), sum);
      sum = hn::MulAdd(energy_c, hn::NegMulAdd(y_c, y_c, y_c), sum);
      sum = hn::MulAdd(energy_d, hn::NegMulAdd(y_d, y_d, y_d), sum);
      lanes.store(d, ends ? hn::Mul(sum, lanes.load(d, v + k)) : sum, d_query + k);
    });
  }
}

template <typename Real>
void attend_backward_kernel(const AttendBackward<Real>& a) {
  const std::size_t positions = a.keys.rows;
  row_products(a.d_context, a.values, a.d_energies);
  Real mean = 0;
  for (std::size_t j = 0; j < positions; ++j) mean += a.alpha[j] * a.d_energies[j];
  for (std::size_t j = 0; j < positions; ++j) a.d_energies[j] = a.alpha[j] * (a.d_energies[j] - mean);
  if (a.powers.data != nullptr && double_powers(a.query, a.keys.columns, a.query_power))
    query_gradient<FromPowers>(a.query_power, a.powers, a.v, a.d_energies, a.d_query);
  else
    query_gradient<FromSums>(a.query, a.keys, a.v, a.d_energies, a.d_query);
}

/// d_keys and what comes to d_v; `queries` are T_y rows of [A], powers or plain as Y wants them.
template <class Y, class Queries, typename Real>
void key_gradients(const AttendKeysBackward<Real>& a, const Queries& queries, ConstMatrixView<Real> keys) {
  const hn::ScalableTag<Real> d;
  const std::size_t positions = keys.rows;
  Real all = 0;
  for (std::size_t m = 0; m < a.steps * positions; ++m) all += a.d_energies[m];
  for (std::size_t j = 0; j < positions; j += 4) {
    const FourRows<const Real> key(keys, j);
    const FourRows<Real> d_key(a.d_keys, j);
    const std::size_t b = std::min(j + 1, key.last);
    const std::size_t c = std::min(j + 2, key.last);
    const std::size_t e = std::min(j + 3, key.last);
    for_vectors(d, keys.columns, [&](auto lanes, std::size_t k) HWY_ATTR {
      const auto key_a = lanes.load(d, key.a + k);
      const auto key_b = lanes.load(d, key.b + k);
      const auto key_c = lanes.load(d, key.c + k);
      const auto key_d = lanes.load(d, key.d + k);
      auto slope_a = hn::Zero(d);
      auto slope_b = hn::Zero(d);
      auto slope_c = hn::Zero(d);
      auto slope_d = hn::Zero(d);
      auto total_a = hn::Zero(d);
      auto total_b = hn::Zero(d);
      auto total_c = hn::Zero(d);
      auto total_d = hn::Zero(d);
      for (std::size_t i = 0; i < a.steps; ++i) {
        const Real* d_energies = a.d_energies + i * positions;
        const auto q = lanes.load(d, queries(i) + k);
        const auto energy_a = hn::Set(d, d_energies[j]);
        const auto energy_b = hn::Set(d, d_energies[b]);
        const auto energy_c = hn::Set(d, d_energies[c]);
        const auto energy_d = hn::Set(d, d_energies[e]);
        const auto y_a = Y::y(d, q, key_a);
        const auto y_b = Y::y(d, q, key_b);
        const auto y_c = Y::y(d, q, key_c);
        const auto y_d = Y::y(d, q, key_d);
        slope_a = hn::MulAdd(energy_a, hn::NegMulAdd(y_a, y_a, y_a), slope_a);
        slope_b = hn::MulAdd(energy_b, hn::NegMulAdd(y_b, y_b, y_b), slope_b);
        slope_c = hn::MulAdd(energy_c, hn::NegMulAdd(y_c, y_c, y_c), slope_c);
        slope_d = hn::MulAdd(energy_d, hn::NegMulAdd(y_d, y_d, y_d), slope_d);
        total_a = hn::MulAdd(energy_a, y_a, total_a);
        total_b = hn::MulAdd(energy_b, y_b, total_b);
        total_c = hn::MulAdd(energy_c, y_c, total_c);
        total_d = hn::MulAdd(energy_d, y_d, total_d);
      }
      const auto scale = hn::Mul(hn::Set(d, Real{4}), lanes.load(d, a.v + k));
      // From the last to the first: where one stands in for others, the first is its own.
      lanes.store(d, hn::Mul(slope_d, scale), d_key.d + k);
      lanes.store(d, hn::Mul(slope_c, scale), d_key.c + k);
      lanes.store(d, hn::Mul(slope_b, scale), d_key.b + k);
      lanes.store(d, hn::Mul(slope_a, scale), d_key.a + k);
      if (j + 1 <= key.last) total_a = hn::Add(total_a, total_b);
      if (j + 2 <= key.last) total_a = hn::Add(total_a, total_c);
      if (j + 3 <= key.last) total_a = hn::Add(total_a, total_d);
      auto d_v = lanes.load(d, a.d_v + k);
      if (j == 0) d_v = hn::Add(d_v, hn::Set(d, all));
      lanes.store(d, hn::NegMulAdd(hn::Set(d, Real{2}), total_a, d_v), a.d_v + k);
    });
  }
}

/// d_values += alphas transposed times d_contexts.
template <typename Real>
void value_gradients(const AttendKeysBackward<Real>& a) {
  const hn::ScalableTag<Real> d;
  const std::size_t positions = a.d_values.rows;
  for (std::size_t j = 0; j < positions; j += 4) {
    const FourRows<Real> d_value(a.d_values, j);
    const std::size_t b = std::min(j + 1, d_value.last);
    const std::size_t c = std::min(j + 2, d_value.last);
    const std::size_t e = std::min(j + 3, d_value.last);
    for_vectors(d, a.d_values.columns, [&](auto lanes, std::size_t k) HWY_ATTR {
      auto sum_a = lanes.load(d, d_value.a + k);
      auto sum_b = lanes.load(d, d_value.b + k);
      auto sum_c = lanes.load(d, d_value.c + k);
      auto sum_d = lanes.load(d, d_value.d + k);
      for (std::size_t i = 0; i < a.steps; ++i) {
        const Real* alphas = a.alphas + i * positions;
        const auto gradient = lanes.load(d, a.d_contexts[i] + k);
        sum_a = hn::MulAdd(hn::Set(d, alphas[j]), gradient, sum_a);
        sum_b = hn::MulAdd(hn::Set(d, alphas[b]), gradient, sum_b);
        sum_c = hn::MulAdd(hn::Set(d, alphas[c]), gradient, sum_c);
        sum_d = hn::MulAdd(hn::Set(d, alphas[e]), gradient, sum_d);
      }
      lanes.store(d, sum_d, d_value.d + k);
      lanes.store(d, sum_c, d_value.c + k);
      lanes.store(d, sum_b, d_value.b + k);
      lanes.store(d, sum_a, d_value.a + k);
    });
  }
}

template <typename Real>
void attend_keys_backward_kernel(const AttendKeysBackward<Real>& a) {
  bool usable = a.powers.data != nullptr;
  for (std::size_t i = 0; i < a.steps && usable; ++i)
    usable = double_powers(a.queries[i], a.keys.columns, a.query_powers.row(i));
  if (usable)
    key_gradients<FromPowers>(
        a, [&](std::size_t i) { return a.query_powers.row(i); }, a.powers);
  else
    key_gradients<FromSums>(
        a, [&](std::size_t i) { return a.queries[i]; }, a.keys);
  value_gradients(a);
}

LOCKSTEP_KERNEL(key_powers, KeyPowers)
LOCKSTEP_KERNEL(attend_forward, AttendForward)
LOCKSTEP_KERNEL(attend_backward, AttendBackward)
LOCKSTEP_KERNEL(attend_keys_backward, AttendKeysBackward)

}  // namespace HWY_NAMESPACE
}  // namespace lockstep
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lockstep {

LOCKSTEP_DISPATCH(key_powers, KeyPowers)
LOCKSTEP_DISPATCH(attend_forward, AttendForward)
LOCKSTEP_DISPATCH(attend_backward, AttendBackward)
LOCKSTEP_DISPATCH(attend_keys_backward, AttendKeysBackward)

}  // namespace lockstep
#endif

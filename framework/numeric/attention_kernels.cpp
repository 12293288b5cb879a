#include "framework/numeric/attention_kernels.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "framework/numeric/attention_kernels.cpp"
#include <hwy/foreach_target.h>  // compiles the kernels once for each instruction set

#include "framework/numeric/kernels-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lockstep {
namespace HWY_NAMESPACE {

/// x = softmax(x) over n elements.
template <typename Real>
void softmax_in_place(Real* x, std::size_t n) {
  const hn::ScalableTag<Real> d;
  const auto largest = hn::Set(d, *std::max_element(x, x + n));
  for_vectors(d, n, [&](auto lanes, std::size_t i) HWY_ATTR {
    lanes.store(d, hn::Exp(d, hn::Sub(lanes.load(d, x + i), largest)), x + i);
  });
  auto sum = hn::Zero(d);
  for_vectors(d, n, [&](auto lanes, std::size_t i) HWY_ATTR { sum = hn::Add(sum, lanes.load(d, x + i)); });
  const auto scale = hn::Set(d, Real{1} / sum_of_lanes(d, sum));
  for_vectors(d, n,
              [&](auto lanes, std::size_t i) HWY_ATTR { lanes.store(d, hn::Mul(lanes.load(d, x + i), scale), x + i); });
}

template <typename Real>
void attend_forward_kernel(const AttendForward<Real>& a) {
  const hn::ScalableTag<Real> d;
  const std::size_t positions = a.keys.rows;
  for (std::size_t j = 0; j < positions; ++j) {
    const Real* key = a.keys.row(j);
    auto energy = hn::Zero(d);
    for_vectors(d, a.keys.columns, [&](auto lanes, std::size_t k) HWY_ATTR {
      const auto t = hyperbolic_tangent(d, hn::Add(lanes.load(d, a.query + k), lanes.load(d, key + k)));
      energy = hn::MulAdd(t, lanes.load(d, a.v + k), energy);
    });
    a.alpha[j] = sum_of_lanes(d, energy);
  }
  softmax_in_place(a.alpha, positions);
  for_vectors(d, a.values.columns, [&](auto lanes, std::size_t k) HWY_ATTR {
    auto sum = hn::Zero(d);
    for (std::size_t j = 0; j < positions; ++j)
      sum = hn::MulAdd(hn::Set(d, a.alpha[j]), lanes.load(d, a.values.row(j) + k), sum);
    lanes.store(d, sum, a.context + k);
  });
}

template <typename Real>
void attend_backward_kernel(const AttendBackward<Real>& a) {
  const hn::ScalableTag<Real> d;
  const auto one = hn::Set(d, Real{1});
  const std::size_t positions = a.keys.rows;
  Real mean = 0;
  for (std::size_t j = 0; j < positions; ++j) {
    const Real* value = a.values.row(j);
    Real* d_value = a.d_values.row(j);
    const auto alpha = hn::Set(d, a.alpha[j]);
    auto product = hn::Zero(d);
    for_vectors(d, a.values.columns, [&](auto lanes, std::size_t k) HWY_ATTR {
      const auto gradient = lanes.load(d, a.d_context + k);
      product = hn::MulAdd(gradient, lanes.load(d, value + k), product);
      lanes.store(d, hn::MulAdd(alpha, gradient, lanes.load(d, d_value + k)), d_value + k);
    });
    a.d_energies[j] = sum_of_lanes(d, product);
    mean += a.alpha[j] * a.d_energies[j];
  }
  for (std::size_t j = 0; j < positions; ++j) a.d_energies[j] = a.alpha[j] * (a.d_energies[j] - mean);

  for_vectors(d, a.keys.columns, [&](auto lanes, std::size_t k) HWY_ATTR {
    const auto query = lanes.load(d, a.query + k);
    const auto v = lanes.load(d, a.v + k);
    auto d_query = hn::Zero(d);
    auto d_v = lanes.load(d, a.d_v + k);
    for (std::size_t j = 0; j < positions; ++j) {
      const auto d_energy = hn::Set(d, a.d_energies[j]);
      const auto t = hyperbolic_tangent(d, hn::Add(query, lanes.load(d, a.keys.row(j) + k)));
      const auto gradient = hn::Mul(hn::Mul(d_energy, v), hn::NegMulAdd(t, t, one));
      d_query = hn::Add(d_query, gradient);
      d_v = hn::MulAdd(d_energy, t, d_v);
      Real* d_key = a.d_keys.row(j) + k;
      lanes.store(d, hn::Add(lanes.load(d, d_key), gradient), d_key);
    }
    lanes.store(d, d_query, a.d_query + k);
    lanes.store(d, d_v, a.d_v + k);
  });
}

LOCKSTEP_KERNEL(attend_forward, AttendForward)
LOCKSTEP_KERNEL(attend_backward, AttendBackward)

}  // namespace HWY_NAMESPACE
}  // namespace lockstep
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lockstep {

LOCKSTEP_DISPATCH(attend_forward, AttendForward)
LOCKSTEP_DISPATCH(attend_backward, AttendBackward)

}  // namespace lockstep
#endif

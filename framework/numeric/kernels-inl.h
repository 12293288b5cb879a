// What the files of SIMD kernels share. Included once for every instruction set, hence the guard that Highway toggles.

#if defined(LOCKSTEP_NUMERIC_KERNELS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LOCKSTEP_NUMERIC_KERNELS_INL_H_
#undef LOCKSTEP_NUMERIC_KERNELS_INL_H_
#else
#define LOCKSTEP_NUMERIC_KERNELS_INL_H_
#endif

#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>

#include <cstddef>

HWY_BEFORE_NAMESPACE();
namespace lockstep {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

/// Loads and stores a full vector.
struct Whole {
  template <class D, typename T>
  HWY_INLINE hn::Vec<D> load(D d, const T* from) const {
    return hn::LoadU(d, from);
  }
  template <class D, typename T>
  HWY_INLINE void store(D d, hn::Vec<D> v, T* to) const {
    hn::StoreU(v, d, to);
  }
};

/// Loads and stores the first `count` lanes; the others read as zero and are left alone.
struct Part {
  std::size_t count;
  template <class D, typename T>
  HWY_INLINE hn::Vec<D> load(D d, const T* from) const {
    return hn::MaskedLoad(hn::FirstN(d, count), d, from);
  }
  template <class D, typename T>
  HWY_INLINE void store(D d, hn::Vec<D> v, T* to) const {
    hn::BlendedStore(v, hn::FirstN(d, count), d, to);
  }
};

/// Calls body(lanes, i) for i = 0, N, 2N, … < n, with a Part for what is left at the end.
template <class D, class Body>
HWY_INLINE void for_vectors(D d, std::size_t n, const Body& body) {
  const std::size_t lanes = hn::Lanes(d);
  std::size_t i = 0;
  for (; i + lanes <= n; i += lanes) body(Whole{}, i);
  if (i < n) body(Part{n - i}, i);
}

template <class D>
HWY_INLINE hn::TFromD<D> sum_of_lanes(D d, hn::Vec<D> v) {
  return hn::GetLane(hn::SumOfLanes(d, v));
}

/// 1 / (1 + e^-x) without overflow and with full relative precision for very negative x.
template <class D>
HWY_INLINE hn::Vec<D> sigmoid(D d, hn::Vec<D> x) {
  const auto one = hn::Set(d, hn::TFromD<D>{1});
  const auto e = hn::Exp(d, hn::Neg(hn::Abs(x)));
  const auto at_abs = hn::Div(one, hn::Add(one, e));
  return hn::IfThenElse(hn::Lt(x, hn::Zero(d)), hn::Mul(e, at_abs), at_abs);
}

/// tanh(x).
template <class D>
HWY_INLINE hn::Vec<D> hyperbolic_tangent(D d, hn::Vec<D> x) {
  return hn::Tanh(d, x);
}

}  // namespace HWY_NAMESPACE
}  // namespace lockstep
HWY_AFTER_NAMESPACE();

#endif

// For one instruction set: float and double forms of a kernel template that takes `arguments`.
#ifndef LOCKSTEP_KERNEL
#define LOCKSTEP_KERNEL(name, arguments)        \
  void name##_f32(const arguments<float>& a) {  \
    name##_kernel(a);                           \
  }                                             \
  void name##_f64(const arguments<double>& a) { \
    name##_kernel(a);                           \
  }

// Once a file: the public functions, which choose the instruction set at run time.
#define LOCKSTEP_DISPATCH(name, arguments) \
  HWY_EXPORT(name##_f32);                  \
  HWY_EXPORT(name##_f64);                  \
  template <>                              \
  void name(const arguments<float>& a) {   \
    HWY_DYNAMIC_DISPATCH(name##_f32)(a);   \
  }                                        \
  template <>                              \
  void name(const arguments<double>& a) {  \
    HWY_DYNAMIC_DISPATCH(name##_f64)(a);   \
  }
#endif

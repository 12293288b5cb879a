// What the files of SIMD kernels share. Included once for every instruction set, hence the guard that Highway toggles.

#if defined(LOCKSTEP_NUMERIC_KERNELS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LOCKSTEP_NUMERIC_KERNELS_INL_H_
#undef LOCKSTEP_NUMERIC_KERNELS_INL_H_
#else
#define LOCKSTEP_NUMERIC_KERNELS_INL_H_
#endif

#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>

#include <algorithm>
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
  template <class D>
  HWY_INLINE hn::Vec<D> select(D /*d*/, hn::Vec<D> v, hn::Vec<D> /*otherwise*/) const {
    return v;
  }
};

/// Loads and stores the first `count` lanes; the others read as zero and are left alone. Instruction sets without masks
/// for memory go through a buffer: Highway's masked operations would touch the other lanes there, or need alignment.
struct Part {
  std::size_t count;
  template <class D, typename T>
  HWY_INLINE hn::Vec<D> load(D d, const T* from) const {
#if HWY_MAX_BYTES == 16
    HWY_ALIGN hn::TFromD<D> buffer[hn::MaxLanes(d)] = {};
    std::copy_n(from, count, buffer);
    return hn::Load(d, buffer);
#else
    return hn::MaskedLoad(hn::FirstN(d, count), d, from);
#endif
  }
  template <class D, typename T>
  HWY_INLINE void store(D d, hn::Vec<D> v, T* to) const {
#if HWY_MAX_BYTES == 16
    HWY_ALIGN hn::TFromD<D> buffer[hn::MaxLanes(d)];
    hn::Store(v, d, buffer);
    std::copy_n(buffer, count, to);
#else
    hn::BlendedStore(v, hn::FirstN(d, count), d, to);
#endif
  }
  /// v in the lanes that count, `otherwise` in the others.
  template <class D>
  HWY_INLINE hn::Vec<D> select(D d, hn::Vec<D> v, hn::Vec<D> otherwise) const {
    return hn::IfThenElse(hn::FirstN(d, count), v, otherwise);
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

/// Folds n elements into one vector, from `start`: value = body(lanes, i, value), in four rows that don't wait for one
/// another and are joined at the end by join(value, value).
template <class D, class Body, class Join>
HWY_INLINE hn::Vec<D> fold_vectors(D d, std::size_t n, hn::Vec<D> start, const Body& body, const Join& join) {
  const std::size_t lanes = hn::Lanes(d);
  auto a = start;
  auto b = start;
  auto c = start;
  auto e = start;
  std::size_t i = 0;
  for (; i + 4 * lanes <= n; i += 4 * lanes) {
    a = body(Whole{}, i, a);
    b = body(Whole{}, i + lanes, b);
    c = body(Whole{}, i + 2 * lanes, c);
    e = body(Whole{}, i + 3 * lanes, e);
  }
  for (; i + lanes <= n; i += lanes) a = body(Whole{}, i, a);
  if (i < n) b = body(Part{n - i}, i, b);
  return join(join(a, b), join(c, e));
}

template <class D>
HWY_INLINE hn::TFromD<D> sum_of_lanes(D d, hn::Vec<D> v) {
  return hn::GetLane(hn::SumOfLanes(d, v));
}

/// The smaller of x and limit; NaN where x is NaN. Processors differ in what the minimum of a number and NaN is; x86
/// gives the second operand.
template <class D>
HWY_INLINE hn::Vec<D> at_most(D d, hn::TFromD<D> limit, hn::Vec<D> x) {
#if HWY_ARCH_X86 && HWY_TARGET != HWY_EMU128 && HWY_TARGET != HWY_SCALAR
  return hn::Min(hn::Set(d, limit), x);
#else
  return hn::IfThenElse(hn::Gt(x, hn::Set(d, limit)), hn::Set(d, limit), x);
#endif
}

/// The larger of x and limit; NaN where x is NaN.
template <class D>
HWY_INLINE hn::Vec<D> at_least(D d, hn::TFromD<D> limit, hn::Vec<D> x) {
#if HWY_ARCH_X86 && HWY_TARGET != HWY_EMU128 && HWY_TARGET != HWY_SCALAR
  return hn::Max(hn::Set(d, limit), x);
#else
  return hn::IfThenElse(hn::Lt(x, hn::Set(d, limit)), hn::Set(d, limit), x);
#endif
}

/// 1 / x for 2^-126 < |x| < 2^126, or NaN. A division of 16 floats holds AVX-512 up for longer than an estimate of 14
/// bits and its correction by what the estimate leaves.
template <class D>
HWY_INLINE hn::Vec<D> reciprocal(D d, hn::Vec<D> x) {
  const auto one = hn::Set(d, hn::TFromD<D>{1});
#if HWY_TARGET <= HWY_AVX3 && HWY_ARCH_X86
  if constexpr (sizeof(hn::TFromD<D>) == sizeof(float)) {
    const auto estimate = hn::ApproximateReciprocal(x);
    return hn::MulAdd(estimate, hn::NegMulAdd(x, estimate, one), estimate);
  }
#endif
  return hn::Div(one, x);
}

/// e^x for float x from -87.3 to 128, the caller's to see to, or NaN; 0 for some results below 2^-125. x = n log 2 + r,
/// |r| <= log(2) / 2; 2^(n - 1) is built from its exponent, and 2 e^r is a polynomial of least relative error, so that
/// the largest results don't overflow on the way.
template <class D>
HWY_INLINE hn::Vec<D> exponential_in_range(D d, hn::Vec<D> x) {
  const hn::RebindToSigned<D> bits;
  // Adding 1.5 * 2^23 rounds to a whole number, which then stands in the lowest bits; 126 is the exponent's bias
  // less 1.
  const auto magic = hn::Set(d, 12582912.0F + 126.0F);
  const auto shifted = hn::MulAdd(x, hn::Set(d, 1.44269504F), magic);
  const auto n = hn::Sub(shifted, magic);
  const auto scale = hn::BitCast(d, hn::ShiftLeft<23>(hn::BitCast(bits, shifted)));
  auto r = hn::NegMulAdd(n, hn::Set(d, 0.693145752F), x);  // log 2, its first 15 bits and the rest
  r = hn::NegMulAdd(n, hn::Set(d, 1.42860677e-6F), r);
  auto p = hn::MulAdd(hn::Set(d, 0.00276735891F), r, hn::Set(d, 0.0167497136F));
  p = hn::MulAdd(p, r, hn::Set(d, 0.0833364576F));
  p = hn::MulAdd(p, r, hn::Set(d, 0.333328396F));
  p = hn::MulAdd(p, r, hn::Set(d, 0.999999821F));
  p = hn::MulAdd(p, r, hn::Set(d, 2.0F));
  p = hn::MulAdd(p, r, hn::Set(d, 2.0F));
  return hn::Mul(p, scale);
}

/// e^x for x <= 0 or NaN: 0 from -87 or so downwards in float, where results would be less than 2^-125.
template <class D>
HWY_INLINE hn::Vec<D> exponential_of_nonpositive(D d, hn::Vec<D> x) {
  if constexpr (sizeof(hn::TFromD<D>) == sizeof(float))
    return exponential_in_range(d, at_least(d, -87.3F, x));
  else
    return hn::IfThenElse(hn::IsNaN(x), x, hn::Exp(d, x));  // whose result for NaN is 0
}

/// e^x, infinite from 88.73 upwards; small results as above.
template <class D>
HWY_INLINE hn::Vec<D> exponential(D d, hn::Vec<D> x) {
  if constexpr (sizeof(hn::TFromD<D>) == sizeof(float))
    return exponential_in_range(d, at_most(d, 88.9F, at_least(d, -87.3F, x)));
  else
    return hn::Exp(d, x);
}

/// 1 / (1 + e^-x), with full relative precision for very negative x; 0 below -87 in float.
template <class D>
HWY_INLINE hn::Vec<D> sigmoid(D d, hn::Vec<D> x) {
  const auto one = hn::Set(d, hn::TFromD<D>{1});
  if constexpr (sizeof(hn::TFromD<D>) == sizeof(float)) {
    const auto limited = at_most(d, 87.0F, at_least(d, -87.0F, x));
    const auto result = reciprocal(d, hn::Add(one, exponential_in_range(d, hn::Neg(limited))));
    return hn::IfThenZeroElse(hn::Lt(x, hn::Set(d, -87.0F)), result);
  } else {
    const auto e = hn::Exp(d, hn::Neg(hn::Abs(x)));
    const auto at_abs = hn::Div(one, hn::Add(one, e));
    return hn::IfThenElse(hn::Lt(x, hn::Zero(d)), hn::Mul(e, at_abs), at_abs);
  }
}

/// tanh(x). For float 1 - 2 / (1 + e^2|x|) with the sign of x, which would lose digits near 0: a polynomial of least
/// relative error takes over there.
template <class D>
HWY_INLINE hn::Vec<D> hyperbolic_tangent(D d, hn::Vec<D> x) {
  if constexpr (sizeof(hn::TFromD<D>) == sizeof(float)) {
    const auto one = hn::Set(d, 1.0F);
    const auto size = at_most(d, 10.0F, hn::Abs(x));
    const auto y = reciprocal(d, hn::Add(exponential_in_range(d, hn::Add(size, size)), one));
    const auto far = hn::CopySign(hn::NegMulAdd(hn::Set(d, 2.0F), y, one), x);
    const auto u = hn::Mul(x, x);
    auto p = hn::MulAdd(hn::Set(d, -0.00627348572F), u, hn::Set(d, 0.021071177F));
    p = hn::MulAdd(p, u, hn::Set(d, -0.0538521968F));
    p = hn::MulAdd(p, u, hn::Set(d, 0.133325845F));
    p = hn::MulAdd(p, u, hn::Set(d, -0.333333164F));
    const auto near = hn::MulAdd(hn::Mul(x, u), p, x);
    return hn::IfThenElse(hn::Lt(size, hn::Set(d, 0.55F)), near, far);
  } else {
    return hn::Tanh(d, x);
  }
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

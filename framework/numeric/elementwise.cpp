#include "framework/numeric/elementwise.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "framework/numeric/elementwise.cpp"
#include <hwy/foreach_target.h>  // compiles the kernels once for each instruction set

#include "framework/numeric/kernels-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lockstep {
namespace HWY_NAMESPACE {

template <typename Real>
void add_bias_kernel(const AddBias<Real>& a) {
  const hn::ScalableTag<Real> d;
  for (std::size_t r = 0; r < a.y.rows; ++r) {
    Real* y = a.y.row(r);
    for_vectors(d, a.y.columns, [&](auto lanes, std::size_t i) HWY_ATTR {
      lanes.store(d, hn::Add(lanes.load(d, y + i), lanes.load(d, a.bias + i)), y + i);
    });
  }
}

// Four rows at a time, so that the sums are written and read again once for four, and memory is read along its rows;
// and in pieces of columns whose sums stay in the first-level cache.
template <typename Real>
void column_sums_kernel(const ColumnSums<Real>& a) {
  constexpr std::size_t kPiece = 2048;
  const hn::ScalableTag<Real> d;
  std::fill_n(a.sums, a.x.columns, Real{0});
  for (std::size_t begin = 0; begin < a.x.columns; begin += kPiece) {
    const std::size_t n = std::min(kPiece, a.x.columns - begin);
    Real* sums = a.sums + begin;
    std::size_t r = 0;
    for (; r + 4 <= a.rows.size(); r += 4) {
      const Real* const row = a.x.row(a.rows[r]) + begin;
      const Real* const second = a.x.row(a.rows[r + 1]) + begin;
      const Real* const third = a.x.row(a.rows[r + 2]) + begin;
      const Real* const fourth = a.x.row(a.rows[r + 3]) + begin;
      for_vectors(d, n, [&](auto lanes, std::size_t i) HWY_ATTR {
        auto sum = hn::Add(lanes.load(d, sums + i), lanes.load(d, row + i));
        sum = hn::Add(sum, lanes.load(d, second + i));
        sum = hn::Add(sum, lanes.load(d, third + i));
        lanes.store(d, hn::Add(sum, lanes.load(d, fourth + i)), sums + i);
      });
    }
    for (; r < a.rows.size(); ++r) {
      const Real* row = a.x.row(a.rows[r]) + begin;
      for_vectors(d, n, [&](auto lanes, std::size_t i) HWY_ATTR {
        lanes.store(d, hn::Add(lanes.load(d, sums + i), lanes.load(d, row + i)), sums + i);
      });
    }
  }
}

template <typename Real>
void add_rows_kernel(const AddRows<Real>& a) {
  const hn::ScalableTag<Real> d;
  for (std::size_t r = 0; r < a.x.rows; ++r) {
    if (a.rows[r] < 0) continue;
    const Real* x = a.x.row(r);
    Real* y = a.y.row(static_cast<std::size_t>(a.rows[r]));
    for_vectors(d, a.x.columns, [&](auto lanes, std::size_t i) HWY_ATTR {
      lanes.store(d, hn::Add(lanes.load(d, y + i), lanes.load(d, x + i)), y + i);
    });
  }
}

template <typename Real>
void add_to_kernel(const AddTo<Real>& a) {
  const hn::ScalableTag<Real> d;
  for (std::size_t r = 0; r < a.y.rows; ++r) {
    const Real* x = a.x.row(r);
    Real* y = a.y.row(r);
    for_vectors(d, a.y.columns, [&](auto lanes, std::size_t i) HWY_ATTR {
      lanes.store(d, hn::Add(lanes.load(d, y + i), lanes.load(d, x + i)), y + i);
    });
  }
}

template <typename Real>
void multiply_by_kernel(const MultiplyBy<Real>& a) {
  const hn::ScalableTag<Real> d;
  for (std::size_t r = 0; r < a.y.rows; ++r) {
    const Real* x = a.x.row(r);
    Real* y = a.y.row(r);
    for_vectors(d, a.y.columns, [&](auto lanes, std::size_t i) HWY_ATTR {
      lanes.store(d, hn::Mul(lanes.load(d, y + i), lanes.load(d, x + i)), y + i);
    });
  }
}

template <typename Real>
void tanh_forward_kernel(const TanhForward<Real>& a) {
  const hn::ScalableTag<Real> d;
  for (std::size_t r = 0; r < a.x.rows; ++r) {
    Real* x = a.x.row(r);
    for_vectors(d, a.x.columns, [&](auto lanes, std::size_t i) HWY_ATTR {
      lanes.store(d, hyperbolic_tangent(d, lanes.load(d, x + i)), x + i);
    });
  }
}

template <typename Real>
void tanh_backward_kernel(const TanhBackward<Real>& a) {
  const hn::ScalableTag<Real> d;
  const auto one = hn::Set(d, Real{1});
  for (std::size_t r = 0; r < a.y.rows; ++r) {
    const Real* y = a.y.row(r);
    Real* gradient = a.gradient.row(r);
    for_vectors(d, a.y.columns, [&](auto lanes, std::size_t i) HWY_ATTR {
      const auto t = lanes.load(d, y + i);
      const auto slope = hn::NegMulAdd(t, t, one);
      lanes.store(d, hn::Mul(lanes.load(d, gradient + i), slope), gradient + i);
    });
  }
}

template <typename Real>
void sigmoid_forward_kernel(const SigmoidForward<Real>& a) {
  const hn::ScalableTag<Real> d;
  for (std::size_t r = 0; r < a.x.rows; ++r) {
    Real* x = a.x.row(r);
    for_vectors(d, a.x.columns,
                [&](auto lanes, std::size_t i) HWY_ATTR { lanes.store(d, sigmoid(d, lanes.load(d, x + i)), x + i); });
  }
}

template <typename Real>
void exp_forward_kernel(const ExpForward<Real>& a) {
  const hn::ScalableTag<Real> d;
  for (std::size_t r = 0; r < a.x.rows; ++r) {
    Real* x = a.x.row(r);
    for_vectors(d, a.x.columns, [&](auto lanes, std::size_t i) HWY_ATTR {
      lanes.store(d, exponential(d, lanes.load(d, x + i)), x + i);
    });
  }
}

LOCKSTEP_KERNEL(add_bias, AddBias)
LOCKSTEP_KERNEL(column_sums, ColumnSums)
LOCKSTEP_KERNEL(add_to, AddTo)
LOCKSTEP_KERNEL(add_rows, AddRows)
LOCKSTEP_KERNEL(multiply_by, MultiplyBy)
LOCKSTEP_KERNEL(tanh_forward, TanhForward)
LOCKSTEP_KERNEL(tanh_backward, TanhBackward)
LOCKSTEP_KERNEL(sigmoid_forward, SigmoidForward)
LOCKSTEP_KERNEL(exp_forward, ExpForward)

}  // namespace HWY_NAMESPACE
}  // namespace lockstep
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lockstep {

LOCKSTEP_DISPATCH(add_bias, AddBias)
LOCKSTEP_DISPATCH(column_sums, ColumnSums)
LOCKSTEP_DISPATCH(add_to, AddTo)
LOCKSTEP_DISPATCH(add_rows, AddRows)
LOCKSTEP_DISPATCH(multiply_by, MultiplyBy)
LOCKSTEP_DISPATCH(tanh_forward, TanhForward)
LOCKSTEP_DISPATCH(tanh_backward, TanhBackward)
LOCKSTEP_DISPATCH(sigmoid_forward, SigmoidForward)
LOCKSTEP_DISPATCH(exp_forward, ExpForward)

template <typename Real>
void copy_rows(ConstMatrixView<Real> x, MatrixView<Real> y) {
  for (std::size_t r = 0; r < x.rows; ++r) std::copy_n(x.row(r), x.columns, y.row(r));
}

template <typename Real>
void fill_zero(MatrixView<Real> x) {
  for (std::size_t r = 0; r < x.rows; ++r) std::fill_n(x.row(r), x.columns, Real{0});
}

template void copy_rows(ConstMatrixView<float>, MatrixView<float>);
template void copy_rows(ConstMatrixView<double>, MatrixView<double>);
template void fill_zero(MatrixView<float>);
template void fill_zero(MatrixView<double>);

}  // namespace lockstep
#endif

#include "framework/numeric/output_kernels.h"

#include <algorithm>
#include <cmath>
#include <limits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "framework/numeric/output_kernels.cpp"
#include <hwy/cache_control.h>
#include <hwy/foreach_target.h>  // compiles the kernels once for each instruction set

#include "framework/numeric/kernels-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lockstep {
namespace HWY_NAMESPACE {

template <typename Real>
void maxout_forward_kernel(const MaxoutForward<Real>& a) {
  const hn::ScalableTag<Real> d;
  const std::size_t lanes = hn::Lanes(d);
  const std::size_t units = a.output.columns;
  for (std::size_t r = 0; r < a.output.rows; ++r) {
    const Real* input = a.input.row(r);
    Real* output = a.output.row(r);
    std::size_t j = 0;
    for (; j + lanes <= units; j += lanes) {
      hn::Vec<decltype(d)> first;
      hn::Vec<decltype(d)> second;
      hn::LoadInterleaved2(d, input + 2 * j, first, second);
      hn::StoreU(hn::IfThenElse(hn::Ge(first, second), first, second), d, output + j);
    }
    for (; j < units; ++j) output[j] = input[2 * j] >= input[2 * j + 1] ? input[2 * j] : input[2 * j + 1];
  }
}

template <typename Real>
void maxout_backward_kernel(const MaxoutBackward<Real>& a) {
  const hn::ScalableTag<Real> d;
  const std::size_t lanes = hn::Lanes(d);
  const std::size_t units = a.d_output.columns;
  for (std::size_t r = 0; r < a.d_output.rows; ++r) {
    const Real* d_output = a.d_output.row(r);
    Real* input = a.input.row(r);
    std::size_t j = 0;
    for (; j + lanes <= units; j += lanes) {
      hn::Vec<decltype(d)> first;
      hn::Vec<decltype(d)> second;
      hn::LoadInterleaved2(d, input + 2 * j, first, second);
      const auto gradient = hn::LoadU(d, d_output + j);
      const auto larger = hn::Ge(first, second);
      hn::StoreInterleaved2(hn::IfThenElseZero(larger, gradient), hn::IfThenZeroElse(larger, gradient), d,
                            input + 2 * j);
    }
    for (; j < units; ++j) {
      const bool first = input[2 * j] >= input[2 * j + 1];
      input[2 * j] = first ? d_output[j] : Real{0};
      input[2 * j + 1] = first ? Real{0} : d_output[j];
    }
  }
}

// Rows of logits are worked off in pieces that stay in the first-level cache: a piece's exponentials are those of its
// distance from its own largest element, and the pieces' sums are put on one footing afterwards.

constexpr std::size_t kMostPieces = 64;

/// Elements of a piece for rows of `size`: at least 1024, and not more than kMostPieces pieces.
inline std::size_t piece_size(std::size_t size) {
  return std::max<std::size_t>(1024, (size + kMostPieces - 1) / kMostPieces);
}

template <typename Real>
struct PieceSum {
  Real largest;  ///< of x
  Real sum;      ///< of e^(x - largest)
};

/// x += bias over n elements, and their sum; with kPowers x = e^(x - largest) afterwards. Meanwhile it fetches `next`,
/// n elements that come soon: logits are more than the second-level cache holds, and exponentials leave the time.
template <bool kPowers, typename Real>
PieceSum<Real> sum_piece(Real* x, const Real* bias, std::size_t n, const Real* next) {
  const hn::ScalableTag<Real> d;
  const auto lowest = hn::Set(d, std::numeric_limits<Real>::lowest());
  const auto add = [](auto a, auto b) HWY_ATTR { return hn::Add(a, b); };
  const auto max = [](auto a, auto b) HWY_ATTR { return hn::Max(a, b); };
  const auto largest_lanes = fold_vectors(
      d, n, lowest,
      [&](auto lanes, std::size_t i, auto largest) HWY_ATTR {
        const auto logit = hn::Add(lanes.load(d, x + i), lanes.load(d, bias + i));
        lanes.store(d, logit, x + i);
        return hn::Max(largest, lanes.select(d, logit, lowest));
      },
      max);
  const Real largest = hn::GetLane(hn::MaxOfLanes(d, largest_lanes));
  const auto offset = hn::Set(d, largest);
  const auto sum = fold_vectors(
      d, n, hn::Zero(d),
      [&](auto lanes, std::size_t i, auto total) HWY_ATTR {
        hwy::Prefetch(next + i);
        const auto power = exponential_of_nonpositive(d, hn::Sub(lanes.load(d, x + i), offset));
        if constexpr (kPowers) lanes.store(d, power, x + i);
        return hn::Add(total, lanes.select(d, power, hn::Zero(d)));
      },
      add);
  return {largest, sum_of_lanes(d, sum)};
}

/// The piece of the same row after x, if it is as long, else x.
template <typename Real>
const Real* next_piece(const Real* x, std::size_t begin, std::size_t n, std::size_t size) {
  return begin + 2 * n <= size ? x + n : x;
}

/// Σ exp(x) of pieces that come one after the other, as largest and sum of e^(x - largest).
struct RowSum {
  double largest = std::numeric_limits<double>::lowest();
  double sum = 0;

  void add(double piece_largest, double piece_sum) {
    if (piece_largest > largest) {
      sum *= std::exp(largest - piece_largest);
      largest = piece_largest;
    }
    sum += piece_sum * std::exp(piece_largest - largest);
  }
  [[nodiscard]] double logarithm() const { return largest + std::log(sum); }
};

/// What the gradient of some rows is made of, after their exponentials.
template <typename Real>
struct RowGroup {
  static constexpr std::size_t kRows = 4;
  Real* row[kRows];
  PieceSum<Real> pieces[kRows][kMostPieces];
  RowSum total[kRows];
};

/// Exponentials of n elements from `begin` on become p - even in kCount rows from `first` on, and are added to d_bias.
template <std::size_t kCount, typename Real>
void gradient_piece(const RowGroup<Real>& group, std::size_t first, std::size_t index, std::size_t begin, std::size_t n,
                    Real even, Real* d_bias) {
  const hn::ScalableTag<Real> d;
  Real scales[kCount];
  Real* rows[kCount];
  for (std::size_t r = 0; r < kCount; ++r) {
    const RowSum& total = group.total[first + r];
    const auto largest = static_cast<double>(group.pieces[first + r][index].largest);
    scales[r] = static_cast<Real>(std::exp(largest - total.largest) / total.sum);
    rows[r] = group.row[first + r] + begin;
  }
  const auto offset = hn::Set(d, even);
  for_vectors(d, n, [&](auto lanes, std::size_t i) HWY_ATTR {
    auto sum = lanes.load(d, d_bias + begin + i);
    for (std::size_t r = 0; r < kCount; ++r) {
      const auto gradient = hn::MulSub(lanes.load(d, rows[r] + i), hn::Set(d, scales[r]), offset);
      lanes.store(d, gradient, rows[r] + i);
      sum = hn::Add(sum, gradient);
    }
    lanes.store(d, sum, d_bias + begin + i);
  });
}

template <typename Real>
Real sum_of_elements(const Real* x, const Real* bias, std::size_t n) {
  const hn::ScalableTag<Real> d;
  const auto sum = fold_vectors(
      d, n, hn::Zero(d),
      [&](auto lanes, std::size_t i, auto total)
          HWY_ATTR { return hn::Add(total, hn::Add(lanes.load(d, x + i), lanes.load(d, bias + i))); },
      [](auto one, auto other) HWY_ATTR { return hn::Add(one, other); });
  return sum_of_lanes(d, sum);
}

template <typename Real>
void softmax_cross_entropy_kernel(const SoftmaxCrossEntropy<Real>& a) {
  const std::size_t size = a.logits.columns;
  const std::size_t piece = piece_size(size);
  const double spread = a.smoothing / static_cast<double>(size);
  RowGroup<Real> group;
  for (std::size_t top = 0; top < a.logits.rows; top += group.kRows) {
    const std::size_t rows = std::min(group.kRows, a.logits.rows - top);
    double logits[RowGroup<Real>::kRows];
    double sums_of_logits[RowGroup<Real>::kRows] = {};
    for (std::size_t r = 0; r < rows; ++r) {
      const auto word = static_cast<std::size_t>(a.words[top + r]);
      group.row[r] = a.logits.row(top + r);
      group.total[r] = {};
      logits[r] = static_cast<double>(group.row[r][word] + a.bias[word]);
    }
    for (std::size_t begin = 0, index = 0; begin < size; begin += piece, ++index) {
      const std::size_t n = std::min(piece, size - begin);
      for (std::size_t r = 0; r < rows; ++r) {
        Real* x = group.row[r] + begin;
        if (a.smoothing != 0) sums_of_logits[r] += static_cast<double>(sum_of_elements(x, a.bias + begin, n));
        const Real* next = next_piece(x, begin, n, size);
        const PieceSum<Real> part =
            a.gradient ? sum_piece<true>(x, a.bias + begin, n, next) : sum_piece<false>(x, a.bias + begin, n, next);
        group.pieces[r][index] = part;
        group.total[r].add(static_cast<double>(part.largest), static_cast<double>(part.sum));
      }
    }
    for (std::size_t r = 0; r < rows; ++r) {
      const double log_sum = group.total[r].logarithm();
      const double cross_entropy = log_sum - logits[r];
      *a.cross_entropy += cross_entropy;
      *a.objective +=
          (1 - a.smoothing) * cross_entropy + spread * (static_cast<double>(size) * log_sum - sums_of_logits[r]);
    }
    if (!a.gradient) continue;
    const auto even = static_cast<Real>(spread);
    for (std::size_t begin = 0, index = 0; begin < size; begin += piece, ++index) {
      const std::size_t n = std::min(piece, size - begin);
      if (rows == group.kRows)
        gradient_piece<RowGroup<Real>::kRows>(group, 0, index, begin, n, even, a.d_bias);
      else
        for (std::size_t r = 0; r < rows; ++r) gradient_piece<1>(group, r, index, begin, n, even, a.d_bias);
    }
    for (std::size_t r = 0; r < rows; ++r) {
      const auto word = static_cast<std::size_t>(a.words[top + r]);
      group.row[r][word] -= static_cast<Real>(1 - a.smoothing);
      a.d_bias[word] -= static_cast<Real>(1 - a.smoothing);
    }
  }
}

LOCKSTEP_KERNEL(maxout_forward, MaxoutForward)
LOCKSTEP_KERNEL(maxout_backward, MaxoutBackward)
LOCKSTEP_KERNEL(softmax_cross_entropy, SoftmaxCrossEntropy)

}  // namespace HWY_NAMESPACE
}  // namespace lockstep
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lockstep {

LOCKSTEP_DISPATCH(maxout_forward, MaxoutForward)
LOCKSTEP_DISPATCH(maxout_backward, MaxoutBackward)
LOCKSTEP_DISPATCH(softmax_cross_entropy, SoftmaxCrossEntropy)

}  // namespace lockstep
#endif

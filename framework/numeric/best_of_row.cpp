#include "framework/numeric/best_of_row.h"

#include <algorithm>
#include <cmath>
#include <limits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "framework/numeric/best_of_row.cpp"
#include <hwy/foreach_target.h>  // compiles the kernels once for each instruction set

#include "framework/numeric/kernels-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lockstep {
namespace HWY_NAMESPACE {

/// Lanes that a load of a Part left out, or none, become `other`.
template <class D>
HWY_INLINE hn::Vec<D> filled(D, const Whole&, hn::Vec<D> v, hn::Vec<D> /*other*/) {
  return v;
}
template <class D>
HWY_INLINE hn::Vec<D> filled(D d, const Part& part, hn::Vec<D> v, hn::Vec<D> other) {
  return hn::IfThenElse(hn::FirstN(d, part.count), v, other);
}

template <typename Real>
void score_rows_kernel(const ScoreRows<Real>& a) {
  const hn::ScalableTag<Real> d;
  constexpr Real kLeast = -std::numeric_limits<Real>::infinity();
  const auto least = hn::Set(d, kLeast);
  for (std::size_t r = 0; r < a.logits.rows; ++r) {
    Real* row = a.logits.row(r);
    Real* peaks = a.peaks.row(r);
    Real largest = kLeast;
    auto sum = hn::Zero(d);
    for (std::size_t begin = 0; begin < a.logits.columns; begin += kPeakBlock) {
      const std::size_t n = std::min(kPeakBlock, a.logits.columns - begin);
      Real* x = row + begin;
      auto peak_lanes = least;
      for_vectors(d, n, [&](auto lanes, std::size_t i) HWY_ATTR {
        const auto v = hn::Add(lanes.load(d, x + i), lanes.load(d, a.bias + begin + i));
        lanes.store(d, v, x + i);
        peak_lanes = hn::Max(peak_lanes, filled(d, lanes, v, least));
      });
      const Real peak = hn::GetLane(hn::MaxOfLanes(d, peak_lanes));
      *peaks++ = peak;
      if (peak > largest) {
        // The sum so far stands over the old greatest value.
        sum = hn::Mul(sum, hn::Set(d, std::exp(largest - peak)));
        largest = peak;
      }
      const auto offset = hn::Set(d, largest == kLeast ? Real{0} : largest);
      // Block by block, so that rounding errors grow with blocks, not with columns.
      auto block_sum = hn::Zero(d);
      for_vectors(d, n, [&](auto lanes, std::size_t i) HWY_ATTR {
        const auto v = filled(d, lanes, lanes.load(d, x + i), least);
        block_sum = hn::Add(block_sum, exponential_of_nonpositive(d, hn::Sub(v, offset)));
      });
      sum = hn::Add(sum, block_sum);
    }
    a.log_sums[r] = largest == kLeast
                        ? std::numeric_limits<double>::quiet_NaN()
                        : static_cast<double>(largest) + std::log(static_cast<double>(sum_of_lanes(d, sum)));
  }
}

template <typename Real>
void row_peaks_kernel(const RowPeaks<Real>& a) {
  const hn::ScalableTag<Real> d;
  const auto least = hn::Set(d, -std::numeric_limits<Real>::infinity());
  auto all = hn::Zero(d);  // NaN where a lane has met one
  for (std::size_t begin = 0; begin < a.n; begin += kPeakBlock) {
    const Real* x = a.values + begin;
    auto peak_lanes = least;
    for_vectors(d, std::min(kPeakBlock, a.n - begin), [&](auto lanes, std::size_t i) HWY_ATTR {
      const auto v = lanes.load(d, x + i);
      all = hn::IfThenElse(hn::IsNaN(v), v, all);
      peak_lanes = hn::Max(peak_lanes, filled(d, lanes, v, least));
    });
    a.peaks[begin / kPeakBlock] = hn::GetLane(hn::MaxOfLanes(d, peak_lanes));
  }
  *a.not_a_number = !hn::AllFalse(d, hn::IsNaN(all));
}

template <typename Real>
void places_at_least_kernel(const PlacesAtLeast<Real>& a) {
  const hn::ScalableTag<Real> d;
  const auto floor = hn::Set(d, a.floor);
  const std::size_t lanes = hn::Lanes(d);
  std::size_t count = 0;
  std::size_t i = a.begin;
  const auto take = [&](std::size_t end) {
    for (; i < end; ++i) {
      if (a.values[i] >= a.floor) a.places[count++] = static_cast<std::int32_t>(i);
    }
  };
  while (i + lanes <= a.end) {
    if (hn::AllFalse(d, hn::Ge(hn::LoadU(d, a.values + i), floor)))
      i += lanes;
    else
      take(i + lanes);
  }
  take(a.end);
  *a.count = count;
}

LOCKSTEP_KERNEL(score_rows, ScoreRows)
LOCKSTEP_KERNEL(row_peaks, RowPeaks)
LOCKSTEP_KERNEL(places_at_least, PlacesAtLeast)

}  // namespace HWY_NAMESPACE
}  // namespace lockstep
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lockstep {

LOCKSTEP_DISPATCH(score_rows, ScoreRows)
LOCKSTEP_DISPATCH(row_peaks, RowPeaks)
LOCKSTEP_DISPATCH(places_at_least, PlacesAtLeast)

}  // namespace lockstep
#endif

#include "framework/numeric/weighted_sums.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "framework/numeric/weighted_sums.cpp"
#include <hwy/foreach_target.h>  // compiles the kernels once for each instruction set

#include "framework/numeric/kernels-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lockstep {
namespace HWY_NAMESPACE {

/// Rows at once: a beam's usual width.
constexpr std::size_t kMostRows = 5;

/// Rows r … r + kRows − 1.
template <std::size_t kRows, typename Real>
void sums_of_rows(const WeightedSums<Real>& a, std::size_t r) {
  const hn::ScalableTag<Real> d;
  const auto weight = [&](std::size_t row, std::size_t j) HWY_ATTR { return hn::Set(d, a.weights[r + row][j]); };
  for_vectors(d, a.sums.columns, [&](auto lanes, std::size_t k) HWY_ATTR {
    // Named one by one, since not every instruction set lets vectors stand in an array.
    auto s0 = lanes.load(d, a.offsets[r] + k);
    auto s1 = s0, s2 = s0, s3 = s0, s4 = s0;
    if constexpr (kRows > 1) s1 = lanes.load(d, a.offsets[r + 1] + k);
    if constexpr (kRows > 2) s2 = lanes.load(d, a.offsets[r + 2] + k);
    if constexpr (kRows > 3) s3 = lanes.load(d, a.offsets[r + 3] + k);
    if constexpr (kRows > 4) s4 = lanes.load(d, a.offsets[r + 4] + k);
    for (std::size_t j = 0; j < a.values.rows; ++j) {
      const auto value = lanes.load(d, a.values.row(j) + k);
      s0 = hn::MulAdd(weight(0, j), value, s0);
      if constexpr (kRows > 1) s1 = hn::MulAdd(weight(1, j), value, s1);
      if constexpr (kRows > 2) s2 = hn::MulAdd(weight(2, j), value, s2);
      if constexpr (kRows > 3) s3 = hn::MulAdd(weight(3, j), value, s3);
      if constexpr (kRows > 4) s4 = hn::MulAdd(weight(4, j), value, s4);
    }
    lanes.store(d, s0, a.sums.row(r) + k);
    if constexpr (kRows > 1) lanes.store(d, s1, a.sums.row(r + 1) + k);
    if constexpr (kRows > 2) lanes.store(d, s2, a.sums.row(r + 2) + k);
    if constexpr (kRows > 3) lanes.store(d, s3, a.sums.row(r + 3) + k);
    if constexpr (kRows > 4) lanes.store(d, s4, a.sums.row(r + 4) + k);
  });
}

template <typename Real>
void weighted_sums_kernel(const WeightedSums<Real>& a) {
  for (std::size_t r = 0; r < a.sums.rows; r += kMostRows) {
    switch (std::min(kMostRows, a.sums.rows - r)) {
      case 1:
        sums_of_rows<1>(a, r);
        break;
      case 2:
        sums_of_rows<2>(a, r);
        break;
      case 3:
        sums_of_rows<3>(a, r);
        break;
      case 4:
        sums_of_rows<4>(a, r);
        break;
      default:
        sums_of_rows<kMostRows>(a, r);
    }
  }
}

LOCKSTEP_KERNEL(weighted_sums, WeightedSums)

}  // namespace HWY_NAMESPACE
}  // namespace lockstep
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lockstep {

LOCKSTEP_DISPATCH(weighted_sums, WeightedSums)

}  // namespace lockstep
#endif

#include "framework/numeric/output_kernels.h"

#include <cmath>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "framework/numeric/output_kernels.cpp"
#include <hwy/foreach_target.h>  // compiles the kernels once for each instruction set

#include "framework/numeric/kernels-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lockstep {
namespace HWY_NAMESPACE {

template <typename Real>
void maxout_forward_kernel(const MaxoutForward<Real>& a) {
  for (std::size_t r = 0; r < a.output.rows; ++r) {
    const Real* input = a.input.row(r);
    Real* output = a.output.row(r);
    for (std::size_t j = 0; j < a.output.columns; ++j)
      output[j] = input[2 * j] >= input[2 * j + 1] ? input[2 * j] : input[2 * j + 1];
  }
}

template <typename Real>
void maxout_backward_kernel(const MaxoutBackward<Real>& a) {
  for (std::size_t r = 0; r < a.d_output.rows; ++r) {
    const Real* d_output = a.d_output.row(r);
    Real* input = a.input.row(r);
    for (std::size_t j = 0; j < a.d_output.columns; ++j) {
      const bool first = input[2 * j] >= input[2 * j + 1];
      input[2 * j] = first ? d_output[j] : Real{0};
      input[2 * j + 1] = first ? Real{0} : d_output[j];
    }
  }
}

template <typename Real>
void log_softmax_kernel(const LogSoftmax<Real>& a) {
  const hn::ScalableTag<Real> d;
  const std::size_t size = a.logits.columns;
  const std::size_t whole = size - size % hn::Lanes(d);
  for (std::size_t r = 0; r < a.logits.rows; ++r) {
    Real* row = a.logits.row(r);
    auto largest_lanes = hn::Set(d, row[0]);
    for (std::size_t i = 0; i < whole; i += hn::Lanes(d)) largest_lanes = hn::Max(largest_lanes, hn::LoadU(d, row + i));
    Real largest = hn::GetLane(hn::MaxOfLanes(d, largest_lanes));
    for (std::size_t i = whole; i < size; ++i) largest = row[i] > largest ? row[i] : largest;

    const auto offset = hn::Set(d, largest);
    auto sum_lanes = hn::Zero(d);
    for (std::size_t i = 0; i < whole; i += hn::Lanes(d))
      sum_lanes = hn::Add(sum_lanes, hn::Exp(d, hn::Sub(hn::LoadU(d, row + i), offset)));
    double sum = static_cast<double>(sum_of_lanes(d, sum_lanes));
    for (std::size_t i = whole; i < size; ++i) sum += std::exp(static_cast<double>(row[i] - largest));

    const auto log_sum = hn::Set(d, static_cast<Real>(static_cast<double>(largest) + std::log(sum)));
    for_vectors(d, size, [&](auto lanes, std::size_t i) HWY_ATTR {
      lanes.store(d, hn::Sub(lanes.load(d, row + i), log_sum), row + i);
    });
  }
}

template <typename Real>
void softmax_cross_entropy_kernel(const SoftmaxCrossEntropy<Real>& a) {
  const hn::ScalableTag<Real> d;
  const std::size_t size = a.logits.columns;
  const double spread = a.smoothing / static_cast<double>(size);
  for (std::size_t r = 0; r < a.logits.rows; ++r) {
    Real* row = a.logits.row(r);
    const auto word = static_cast<std::size_t>(a.words[r]);

    auto largest_lanes = hn::Set(d, row[0]);
    auto total_lanes = hn::Zero(d);
    const std::size_t lanes_count = hn::Lanes(d);
    std::size_t i = 0;
    for (; i + lanes_count <= size; i += lanes_count) {
      const auto x = hn::LoadU(d, row + i);
      largest_lanes = hn::Max(largest_lanes, x);
      total_lanes = hn::Add(total_lanes, x);
    }
    Real largest = hn::GetLane(hn::MaxOfLanes(d, largest_lanes));
    Real total = sum_of_lanes(d, total_lanes);
    for (; i < size; ++i) {
      largest = row[i] > largest ? row[i] : largest;
      total += row[i];
    }

    const double logit = row[word];
    const auto offset = hn::Set(d, largest);
    auto sum_lanes = hn::Zero(d);
    for (i = 0; i + lanes_count <= size; i += lanes_count) {
      const auto e = hn::Exp(d, hn::Sub(hn::LoadU(d, row + i), offset));
      hn::StoreU(e, d, row + i);
      sum_lanes = hn::Add(sum_lanes, e);
    }
    Real sum = sum_of_lanes(d, sum_lanes);
    if (i < size) {
      const Part part{size - i};
      part.store(d, hn::Exp(d, hn::Sub(part.load(d, row + i), offset)), row + i);
      for (; i < size; ++i) sum += row[i];
    }

    const double log_sum = static_cast<double>(largest) + std::log(static_cast<double>(sum));
    const double cross_entropy = log_sum - logit;
    *a.cross_entropy += cross_entropy;
    *a.objective +=
        (1 - a.smoothing) * cross_entropy + spread * (static_cast<double>(size) * log_sum - static_cast<double>(total));

    if (!a.gradient) continue;
    const auto scale = hn::Set(d, static_cast<Real>(1.0 / static_cast<double>(sum)));
    const auto even = hn::Set(d, static_cast<Real>(spread));
    for_vectors(d, size, [&](auto lanes, std::size_t k) HWY_ATTR {
      lanes.store(d, hn::MulSub(lanes.load(d, row + k), scale, even), row + k);
    });
    row[word] -= static_cast<Real>(1 - a.smoothing);
  }
}

LOCKSTEP_KERNEL(maxout_forward, MaxoutForward)
LOCKSTEP_KERNEL(maxout_backward, MaxoutBackward)
LOCKSTEP_KERNEL(log_softmax, LogSoftmax)
LOCKSTEP_KERNEL(softmax_cross_entropy, SoftmaxCrossEntropy)

}  // namespace HWY_NAMESPACE
}  // namespace lockstep
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lockstep {

LOCKSTEP_DISPATCH(maxout_forward, MaxoutForward)
LOCKSTEP_DISPATCH(maxout_backward, MaxoutBackward)
LOCKSTEP_DISPATCH(log_softmax, LogSoftmax)
LOCKSTEP_DISPATCH(softmax_cross_entropy, SoftmaxCrossEntropy)

}  // namespace lockstep
#endif

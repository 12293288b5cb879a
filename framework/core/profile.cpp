#include "framework/core/profile.h"

#include <cassert>

#include "framework/core/clock.h"

namespace lockstep {

std::string_view name_of(Work work) {
  switch (work) {
    case Work::kGemm:
      return "gemm";
    case Work::kElementwise:
      return "element-wise";
    case Work::kCommunication:
      return "communication";
    case Work::kInput:
      return "input";
    case Work::kOptimizer:
      return "optimizer";
  }
  return "";
}

Profile::Profile(int thread, Clock clock) : thread_(thread), clock_(std::move(clock)) {
  if (!clock_) clock_ = [watch = Stopwatch()] { return watch.seconds(); };
  zero_ = clock_();
}

void Profile::restart() {
  assert(innermost_ == nullptr);
  seconds_ = {};
  tallies_.clear();
  events_.clear();
  lost_events_ = 0;
  zero_ = clock_();
}

void Profile::keep_events(std::size_t capacity) {
  capacity_ = capacity;
  events_.reserve(capacity);
}

double Profile::charge_until_now() {
  const double now = clock_();
  if (innermost_ != nullptr) seconds_[static_cast<std::size_t>(innermost_->work_)] += now - charged_;
  charged_ = now;
  return now;
}

void Profile::enter(Span& span) {
  span.begin_ = charge_until_now();
  span.outer_ = innermost_;
  innermost_ = &span;
}

void Profile::leave(const Span& span) {
  assert(innermost_ == &span);
  const double duration = charge_until_now() - span.begin_;
  innermost_ = span.outer_;
  if (span.sizes_ != Sizes{}) {
    Tally& tally = tallies_[{span.sizes_, span.name_}];
    ++tally.count;
    tally.seconds += duration;
  }
  if (events_.size() < capacity_) {
    events_.push_back({span.name_, span.work_, span.sizes_, span.begin_ - zero_, duration});
  } else if (capacity_ > 0) {
    ++lost_events_;
  }
}

}  // namespace lockstep

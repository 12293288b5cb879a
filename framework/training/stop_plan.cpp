#include "framework/training/stop_plan.h"

#include <algorithm>

namespace lockstep {
namespace {

/// Beside the checkpoint: the end of the program and of what started it.
constexpr double kReserve = 2;

/// A checkpoint may take longer than those before: the disk is everybody's.
constexpr double kCheckpointReserve = 1.5;

/// Bytes a second that any disk is taken to write, read back and sync.
constexpr double kSlowDisk = 50e6;

/// How fast an update that took long is forgotten.
constexpr double kForget = 0.98;

}  // namespace

StopPlan::Wish StopPlan::wish_before(double seconds) const {
  if (signals_.asked() != 0) return Wish::kSignal;
  if (limit_ <= 0) return Wish::kNone;
  // The last checkpoint waits for one that is still being written.
  const double before = since_begun_ ? std::max(0.0, checkpoint_ - since_begun_->seconds()) : 0;
  const double needed = seconds + before + kCheckpointReserve * checkpoint_ + std::min(kReserve, limit_ / 10);
  return since_start_.seconds() + needed >= limit_ ? Wish::kTime : Wish::kNone;
}

void StopPlan::stop_here() const {
  if (wish() != Wish::kNone) throw StopError();
}

void StopPlan::update_took(double seconds) {
  update_ = std::max(seconds, kForget * update_);
}

void StopPlan::checkpoint_begins() {
  since_begun_.emplace();
}

void StopPlan::checkpoint_is_there() {
  if (since_begun_) checkpoint_took(since_begun_->seconds());
  since_begun_.reset();
}

void StopPlan::checkpoint_took(double seconds) {
  // The first one's guess is forgotten, what was measured isn't.
  checkpoint_ = measured_ ? std::max(checkpoint_, seconds) : seconds;
  measured_ = true;
}

void StopPlan::validation_took(double seconds) {
  validation_ = std::max(validation_, seconds);
}

void StopPlan::expect_checkpoint_of(double bytes) {
  if (!measured_) checkpoint_ = bytes / kSlowDisk;
}

}  // namespace lockstep

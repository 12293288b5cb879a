#pragma once

#include <optional>

#include "framework/core/clock.h"
#include "framework/core/errors.h"
#include "framework/training/stop_signals.h"

namespace lockstep {

/// Work that can be left undone was left, since a stop is asked for.
class StopError : public Error {
 public:
  StopError() : Error(ExitCode::kStopped, "stopped; start again to go on") {}
};

/// When a start of a run has to stop before its end: when a signal asks, or so early that a checkpoint is still written
/// before its minutes are over. Times are this rank's own.
class StopPlan {
 public:
  enum class Wish { kNone, kTime, kSignal };

  /// `max_minutes` from now on; 0: no limit.
  explicit StopPlan(double max_minutes = 0) : limit_(60 * max_minutes) {}

  /// Now, if nothing but a checkpoint came.
  [[nodiscard]] Wish wish() const { return wish_before(0); }
  /// Before something that takes so many seconds.
  [[nodiscard]] Wish wish_before(double seconds) const;
  /// Throws StopError when there is a wish: for work in pieces that may be left undone.
  void stop_here() const;

  void update_took(double seconds);
  /// One is being written from now on, while training goes on.
  void checkpoint_begins();
  /// The one that began is on the disk, if one had.
  void checkpoint_is_there();
  void checkpoint_took(double seconds);
  void validation_took(double seconds);
  /// What may come next and can't be left midway takes so long: the longest update of late.
  [[nodiscard]] double update_seconds() const { return update_; }
  /// The longest validation so far.
  [[nodiscard]] double validation_seconds() const { return validation_; }
  /// Before the first checkpoint of this start, of so many bytes, one is taken to be slow.
  void expect_checkpoint_of(double bytes);

  [[nodiscard]] double max_minutes() const { return limit_ / 60; }
  [[nodiscard]] double seconds() const { return since_start_.seconds(); }

 private:
  StopSignals signals_;
  Stopwatch since_start_;
  double limit_;
  double update_ = 0;
  double checkpoint_ = 0;
  std::optional<Stopwatch> since_begun_;  ///< of the checkpoint that is being written
  bool measured_ = false;                 ///< a checkpoint has been
  double validation_ = 0;
};

}  // namespace lockstep

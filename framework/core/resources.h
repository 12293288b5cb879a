#pragma once

#include <algorithm>

#include "framework/core/clock.h"

namespace lockstep {

/// The most memory that this process has had at once so far, in bytes; pages of files that it maps count as well.
[[nodiscard]] double peak_memory();

/// Seconds that a processor has spent on this process so far, all threads together.
[[nodiscard]] double processor_seconds();

/// Seconds that `run` takes: by the clock or of this thread on a processor, whichever is less. The second is what
/// counts where others use the processor too, the first for what is shorter than asking the system.
template <typename Run>
[[nodiscard]] double undisturbed_seconds(const Run& run);

/// Seconds that a processor has spent on this thread so far.
[[nodiscard]] double thread_processor_seconds();

template <typename Run>
double undisturbed_seconds(const Run& run) {
  const double before = thread_processor_seconds();
  const Stopwatch watch;
  run();
  const double by_clock = watch.seconds();
  return std::min(by_clock, thread_processor_seconds() - before);
}

}  // namespace lockstep

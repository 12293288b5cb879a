#pragma once

namespace lockstep {

/// The most memory that this process has had at once so far, in bytes; pages of files that it maps count as well.
[[nodiscard]] double peak_memory();

/// Seconds that a processor has spent on this process so far, all threads together.
[[nodiscard]] double processor_seconds();

}  // namespace lockstep

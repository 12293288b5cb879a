#pragma once

#include <hdf5.h>

#include <cstdint>
#include <vector>

namespace lockstep {

/// Sizes of a data space, the slowest first; empty for a scalar.
[[nodiscard]] std::vector<std::uint64_t> dimensions_of(hid_t space);

/// Selects elements [offset, offset + count) of the row-major order. False when they don't lie in the space.
[[nodiscard]] bool select_run(hid_t space, std::uint64_t offset, std::uint64_t count);

}  // namespace lockstep

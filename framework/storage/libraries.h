#pragma once

#include <vector>

#include "framework/core/library.h"

namespace lockstep {

/// HDF5 and xxHash.
[[nodiscard]] std::vector<Library> storage_libraries();

}  // namespace lockstep

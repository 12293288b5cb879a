#pragma once

#include <vector>

#include "framework/core/library.h"

namespace lockstep {

/// The MPI library. May be called where MPI hasn't begun.
[[nodiscard]] std::vector<Library> parallel_libraries();

}  // namespace lockstep

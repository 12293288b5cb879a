#pragma once

#include <vector>

#include "framework/core/library.h"

namespace lockstep {

/// OpenBLAS, oneDNN and Highway.
[[nodiscard]] std::vector<Library> numeric_libraries();

}  // namespace lockstep

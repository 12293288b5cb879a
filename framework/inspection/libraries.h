#pragma once

#include <vector>

#include "framework/core/library.h"

namespace lockstep {

/// Pango and cairo, which draw figures as PNG.
[[nodiscard]] std::vector<Library> figure_libraries();

/// nlohmann-json and those of figures.
[[nodiscard]] std::vector<Library> inspection_libraries();

}  // namespace lockstep

#pragma once

#include <string_view>

namespace lockstep {

/// The release, "0.1.0": what files and scripts go by.
[[nodiscard]] std::string_view program_version();

/// The commit that the program was built from, "9f0da6f8a1b2" or "9f0da6f8a1b2+changes"; empty where it isn't known.
[[nodiscard]] std::string_view program_revision();

/// CMake's: "Release".
[[nodiscard]] std::string_view build_type();

}  // namespace lockstep

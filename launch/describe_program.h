#pragma once

#include <string>

namespace lockstep {

/// "lockstep 0.1.0 (9f0da6f8a1b2)"
[[nodiscard]] std::string program_title();

/// What `lockstep --version` prints: title, compiler, libraries with the versions that are loaded, engines of matrix
/// products and instruction sets of this processor, a line each.
[[nodiscard]] std::string describe_program();

}  // namespace lockstep

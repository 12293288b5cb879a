#pragma once

#include <cstddef>
#include <string>

#include "framework/inspection/terminal_text.h"

namespace lockstep {

/// Cells in a line of standard output: what COLUMNS says, else the terminal, else 80.
[[nodiscard]] std::size_t terminal_width();

/// What colours standard output takes. `when` is "auto" (a terminal, unless NO_COLOR is set or TERM is dumb), "always"
/// or "never"; any colour where COLORTERM says truecolor or 24bit, else 256.
[[nodiscard]] TerminalColor terminal_color(const std::string& when);

}  // namespace lockstep

#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace lockstep {

/// What a terminal can show: nothing but characters, the 256 colours of xterm, or any.
enum class TerminalColor { kNone, k256, kTrue };

/// The text on one line and without a say over the terminal: tabs and line ends become blanks, other control characters
/// and those that turn the direction of writing U+FFFD.
[[nodiscard]] std::string printable(std::string_view text);

/// The printable text in exactly so many cells: cut with an ellipsis, or with blanks behind it (left) or before it
/// (right).
[[nodiscard]] std::string in_cells_left(std::string_view text, std::size_t cells);
[[nodiscard]] std::string in_cells_right(std::string_view text, std::size_t cells);

}  // namespace lockstep

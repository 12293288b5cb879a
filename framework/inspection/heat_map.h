#pragma once

#include <cstddef>
#include <string>

#include "framework/inspection/alignments_file.h"
#include "framework/inspection/terminal_text.h"

namespace lockstep {

/// More words a side than these are not drawn, neither here nor as a figure.
inline constexpr std::size_t kLargestDrawnSide = 500;

/// The alignment as lines for a terminal that is `width` cells wide: source words on top, read downwards, target words
/// at the left; 0 is black and 1 white, or blank and █ without colour. What is too wide comes in panels of some
/// columns, one below the other. Ends with a line that says what the shades mean.
[[nodiscard]] std::string heat_map(const AlignedSentence& sentence, std::size_t width, TerminalColor color);

}  // namespace lockstep

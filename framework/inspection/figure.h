#pragma once

#include <string>

#include "framework/inspection/alignments_file.h"

namespace lockstep {

// An alignment as in the paper's figure 3: source words on top, turned by a quarter, target words at the left, 0 black,
// 1 white. A sentence has at least one word a side and at most kLargestDrawnSide (heat_map.h).

/// The text of an SVG file; words are text in it.
[[nodiscard]] std::string alignment_svg(const AlignedSentence& sentence);

/// The bytes of a PNG file, two points for one of the SVG's, fewer where the picture would be larger than 8000.
/// Throws RunError when there is no memory for it.
[[nodiscard]] std::string alignment_png(const AlignedSentence& sentence);

}  // namespace lockstep

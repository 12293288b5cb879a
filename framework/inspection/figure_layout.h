#pragma once

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "framework/inspection/alignments_file.h"

namespace lockstep {

// The measures of a figure of one alignment, common to its SVG and its PNG. Lengths are points of the SVG;
// page/figure.js draws with the same.
constexpr double kFigureCell = 22;
constexpr double kFigureFontSize = 13;
constexpr double kFigureGap = 6;
constexpr const char* kFigureFont = "DejaVu Sans";

/// Where everything stands.
struct FigureLayout {
  std::vector<std::string> top;   ///< source words, shortened
  std::vector<std::string> left;  ///< target words, shortened
  double x = 0;                   ///< of the matrix' corner
  double y = 0;
  double matrix_width = 0;
  double matrix_height = 0;
  double width = 0;
  double height = 0;
};

/// Lays a sentence out; `width_of` measures a word in kFigureFont.
[[nodiscard]] FigureLayout lay_out_figure(const AlignedSentence& sentence,
                                          const std::function<double(const std::string& word)>& width_of);

/// The middle of the place-th row or column, from the matrix' corner.
[[nodiscard]] constexpr double figure_middle(std::size_t place) {
  return kFigureCell * (static_cast<double>(place) + 0.5);
}

/// Calls paint(x, y, weight) for every weight that isn't black.
template <typename Paint>
void for_each_figure_cell(const AlignedSentence& sentence, const FigureLayout& layout, const Paint& paint) {
  const Alignment& alignment = sentence.alignment;
  for (std::size_t i = 0; i < alignment.rows; ++i) {
    for (std::size_t j = 0; j < alignment.columns; ++j) {
      const float weight = alignment.row(i)[j];
      if (!(weight > 0)) continue;
      paint(layout.x + kFigureCell * static_cast<double>(j), layout.y + kFigureCell * static_cast<double>(i),
            std::min(weight, 1.0F));
    }
  }
}

}  // namespace lockstep

#include "framework/inspection/figure_layout.h"

#include <algorithm>
#include <cmath>

#include "framework/core/unicode.h"
#include "framework/inspection/terminal_text.h"

namespace lockstep {
namespace {

constexpr std::size_t kLongestWord = 30;  ///< cells of a terminal

std::vector<std::string> shortened(const std::vector<std::string>& words) {
  std::vector<std::string> shortened;
  for (const std::string& word : words) shortened.push_back(fit_width(printable(word), kLongestWord));
  return shortened;
}

}  // namespace

FigureLayout lay_out_figure(const AlignedSentence& sentence,
                            const std::function<double(const std::string& word)>& width_of) {
  const auto widest = [&](const std::vector<std::string>& words) {
    double width = 0;
    for (const std::string& word : words) width = std::max(width, width_of(word));
    return std::ceil(width);
  };
  FigureLayout layout;
  layout.top = shortened(sentence.source);
  layout.left = shortened(sentence.target);
  layout.x = widest(layout.left) + 2 * kFigureGap;
  layout.y = widest(layout.top) + 2 * kFigureGap;
  layout.matrix_width = kFigureCell * static_cast<double>(layout.top.size());
  layout.matrix_height = kFigureCell * static_cast<double>(layout.left.size());
  layout.width = layout.x + layout.matrix_width + kFigureGap;
  layout.height = layout.y + layout.matrix_height + kFigureGap;
  return layout;
}

}  // namespace lockstep

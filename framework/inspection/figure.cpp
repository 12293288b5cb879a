#include <fmt/format.h>

#include <cmath>

#include "framework/core/unicode.h"
#include "framework/inspection/figure.h"
#include "framework/inspection/figure_layout.h"
#include "framework/inspection/terminal_text.h"
#include "framework/inspection/xml_text.h"

namespace lockstep {
namespace {

/// The width of a word without asking a font, so that a drawing's bytes don't depend on which are there: what most
/// characters of the font need, or more.
double width_by_cells(const std::string& word) {
  constexpr double kCellWidth = 0.65 * kFigureFontSize;
  return kCellWidth * static_cast<double>(display_width(word));
}

}  // namespace

std::string alignment_svg(const AlignedSentence& sentence) {
  const FigureLayout layout = lay_out_figure(sentence, width_by_cells);
  const double below = kFigureFontSize * 0.35;  // from the middle of small letters to the line they stand on
  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\" "
      "font-family=\"{2}, Verdana, sans-serif\" font-size=\"{3}\">\n<title>{4} – {5}</title>\n"
      "<rect width=\"{0}\" height=\"{1}\" fill=\"#fff\"/>\n",
      layout.width, layout.height, kFigureFont, kFigureFontSize, xml_text(printable(sentence.source_text)),
      xml_text(printable(sentence.target_text)));
  for (std::size_t j = 0; j < layout.top.size(); ++j) {
    svg += fmt::format("<text transform=\"translate({} {}) rotate(-90)\">{}</text>\n",
                       layout.x + figure_middle(j) + below, layout.y - kFigureGap, xml_text(layout.top[j]));
  }
  for (std::size_t i = 0; i < layout.left.size(); ++i) {
    svg += fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>\n", layout.x - kFigureGap,
                       layout.y + figure_middle(i) + below, xml_text(layout.left[i]));
  }
  svg += fmt::format("<g shape-rendering=\"crispEdges\"><rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>\n",
                     layout.x, layout.y, layout.matrix_width, layout.matrix_height);
  for_each_figure_cell(sentence, layout, [&](double x, double y, float weight) {
    const long grey = std::lround(255 * weight);
    if (grey == 0) return;
    svg += fmt::format("<rect x=\"{0}\" y=\"{1}\" width=\"{2}\" height=\"{2}\" fill=\"rgb({3},{3},{3})\"/>\n", x, y,
                       kFigureCell, grey);
  });
  return svg +
         fmt::format("</g><rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"none\" stroke=\"#000\"/></svg>\n",
                     layout.x - 0.5, layout.y - 0.5, layout.matrix_width + 1, layout.matrix_height + 1);
}

}  // namespace lockstep

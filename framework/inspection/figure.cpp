#include "framework/inspection/figure.h"

#include <cairo.h>
#include <fmt/format.h>
#include <pango/pangocairo.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <numbers>
#include <vector>

#include "framework/core/errors.h"
#include "framework/core/unicode.h"
#include "framework/inspection/terminal_text.h"
#include "framework/inspection/xml_text.h"

namespace lockstep {
namespace {

// Lengths are points of the SVG; page/figure.js draws with the same.
constexpr double kCell = 22;
constexpr double kFontSize = 13;
constexpr double kGap = 6;
constexpr std::size_t kLongestWord = 30;  ///< cells of a terminal
constexpr const char* kFont = "DejaVu Sans";
constexpr double kScale = 2;
constexpr double kLargestPicture = 8000;

using Surface = std::unique_ptr<cairo_surface_t, decltype(&cairo_surface_destroy)>;
using Pen = std::unique_ptr<cairo_t, decltype(&cairo_destroy)>;
using Text = std::unique_ptr<PangoLayout, decltype(&g_object_unref)>;

Pen pen_on(const Surface& surface) {
  return {cairo_create(surface.get()), cairo_destroy};
}

Text text_for(const Pen& pen, const std::string& word) {
  Text text(pango_cairo_create_layout(pen.get()), g_object_unref);
  PangoFontDescription* font = pango_font_description_from_string(kFont);
  pango_font_description_set_absolute_size(font, kFontSize * PANGO_SCALE);
  pango_layout_set_font_description(text.get(), font);
  pango_font_description_free(font);
  pango_layout_set_text(text.get(), word.data(), static_cast<int>(word.size()));
  return text;
}

struct Extent {
  double width;
  double height;
};

Extent extent_of(const Text& text) {
  PangoRectangle box;
  pango_layout_get_extents(text.get(), nullptr, &box);
  return {static_cast<double>(box.width) / PANGO_SCALE, static_cast<double>(box.height) / PANGO_SCALE};
}

/// Where everything stands.
struct Plan {
  std::vector<std::string> top;
  std::vector<std::string> left;
  double x = 0;  ///< of the matrix' corner
  double y = 0;
  double matrix_width = 0;
  double matrix_height = 0;
  double width = 0;
  double height = 0;
};

std::vector<std::string> shortened(const std::vector<std::string>& words) {
  std::vector<std::string> shortened;
  for (const std::string& word : words) shortened.push_back(fit_width(printable(word), kLongestWord));
  return shortened;
}

double widest(const Pen& pen, const std::vector<std::string>& words) {
  double width = 0;
  for (const std::string& word : words) width = std::max(width, extent_of(text_for(pen, word)).width);
  return std::ceil(width);
}

Plan plan_for(const AlignedSentence& sentence) {
  const Surface scrap(cairo_image_surface_create(CAIRO_FORMAT_A8, 1, 1), cairo_surface_destroy);
  const Pen pen = pen_on(scrap);
  Plan plan{shortened(sentence.source), shortened(sentence.target)};
  plan.x = widest(pen, plan.left) + 2 * kGap;
  plan.y = widest(pen, plan.top) + 2 * kGap;
  plan.matrix_width = kCell * static_cast<double>(plan.top.size());
  plan.matrix_height = kCell * static_cast<double>(plan.left.size());
  plan.width = plan.x + plan.matrix_width + kGap;
  plan.height = plan.y + plan.matrix_height + kGap;
  return plan;
}

double middle(std::size_t place) {
  return kCell * (static_cast<double>(place) + 0.5);
}

/// Calls paint(x, y, weight) for every weight that isn't black.
template <typename Paint>
void for_each_cell(const AlignedSentence& sentence, const Plan& plan, const Paint& paint) {
  const Alignment& alignment = sentence.alignment;
  for (std::size_t i = 0; i < alignment.rows; ++i) {
    for (std::size_t j = 0; j < alignment.columns; ++j) {
      const float weight = alignment.row(i)[j];
      if (!(weight > 0)) continue;
      paint(plan.x + kCell * static_cast<double>(j), plan.y + kCell * static_cast<double>(i), std::min(weight, 1.0F));
    }
  }
}

void draw_words(const Pen& pen, const Plan& plan) {
  cairo_t* at = pen.get();
  for (std::size_t j = 0; j < plan.top.size(); ++j) {
    const Text text = text_for(pen, plan.top[j]);
    cairo_save(at);
    cairo_translate(at, plan.x + middle(j) - extent_of(text).height / 2, plan.y - kGap);
    cairo_rotate(at, -std::numbers::pi / 2);
    cairo_move_to(at, 0, 0);
    pango_cairo_show_layout(at, text.get());
    cairo_restore(at);
  }
  for (std::size_t i = 0; i < plan.left.size(); ++i) {
    const Text text = text_for(pen, plan.left[i]);
    const Extent extent = extent_of(text);
    cairo_move_to(at, plan.x - kGap - extent.width, plan.y + middle(i) - extent.height / 2);
    pango_cairo_show_layout(at, text.get());
  }
}

void draw_matrix(const Pen& pen, const AlignedSentence& sentence, const Plan& plan) {
  cairo_t* at = pen.get();
  // Without smoothing, neighbours of one grey leave no seam.
  cairo_set_antialias(at, CAIRO_ANTIALIAS_NONE);
  cairo_rectangle(at, plan.x, plan.y, plan.matrix_width, plan.matrix_height);
  cairo_fill(at);
  for_each_cell(sentence, plan, [&](double x, double y, float weight) {
    const double grey = static_cast<double>(weight);
    cairo_set_source_rgb(at, grey, grey, grey);
    cairo_rectangle(at, x, y, kCell, kCell);
    cairo_fill(at);
  });
  cairo_set_source_rgb(at, 0, 0, 0);
  cairo_set_line_width(at, 1);
  cairo_rectangle(at, plan.x - 0.5, plan.y - 0.5, plan.matrix_width + 1, plan.matrix_height + 1);
  cairo_stroke(at);
}

cairo_status_t append_bytes(void* into, const unsigned char* bytes, unsigned int count) {
  static_cast<std::string*>(into)->append(reinterpret_cast<const char*>(bytes), count);
  return CAIRO_STATUS_SUCCESS;
}

}  // namespace

std::string alignment_svg(const AlignedSentence& sentence) {
  const Plan plan = plan_for(sentence);
  const double below = kFontSize * 0.35;  // from the middle of small letters to the line they stand on
  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\" "
      "font-family=\"{2}, Verdana, sans-serif\" font-size=\"{3}\">\n<title>{4} – {5}</title>\n"
      "<rect width=\"{0}\" height=\"{1}\" fill=\"#fff\"/>\n",
      plan.width, plan.height, kFont, kFontSize, xml_text(printable(sentence.source_text)),
      xml_text(printable(sentence.target_text)));
  for (std::size_t j = 0; j < plan.top.size(); ++j) {
    svg += fmt::format("<text transform=\"translate({} {}) rotate(-90)\">{}</text>\n", plan.x + middle(j) + below,
                       plan.y - kGap, xml_text(plan.top[j]));
  }
  for (std::size_t i = 0; i < plan.left.size(); ++i) {
    svg += fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>\n", plan.x - kGap,
                       plan.y + middle(i) + below, xml_text(plan.left[i]));
  }
  svg += fmt::format("<g shape-rendering=\"crispEdges\"><rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>\n", plan.x,
                     plan.y, plan.matrix_width, plan.matrix_height);
  for_each_cell(sentence, plan, [&](double x, double y, float weight) {
    const long grey = std::lround(255 * weight);
    if (grey == 0) return;
    svg += fmt::format("<rect x=\"{0}\" y=\"{1}\" width=\"{2}\" height=\"{2}\" fill=\"rgb({3},{3},{3})\"/>\n", x, y,
                       kCell, grey);
  });
  return svg +
         fmt::format("</g><rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"none\" stroke=\"#000\"/></svg>\n",
                     plan.x - 0.5, plan.y - 0.5, plan.matrix_width + 1, plan.matrix_height + 1);
}

std::string alignment_png(const AlignedSentence& sentence) {
  const Plan plan = plan_for(sentence);
  const double scale = std::min(kScale, kLargestPicture / std::max(plan.width, plan.height));
  const Surface surface(cairo_image_surface_create(CAIRO_FORMAT_RGB24, static_cast<int>(std::ceil(plan.width * scale)),
                                                   static_cast<int>(std::ceil(plan.height * scale))),
                        cairo_surface_destroy);
  const Pen pen = pen_on(surface);
  cairo_scale(pen.get(), scale, scale);
  cairo_set_source_rgb(pen.get(), 1, 1, 1);
  cairo_paint(pen.get());
  cairo_set_source_rgb(pen.get(), 0, 0, 0);
  draw_words(pen, plan);
  draw_matrix(pen, sentence, plan);
  std::string bytes;
  const cairo_status_t status = cairo_surface_write_to_png_stream(surface.get(), append_bytes, &bytes);
  if (status != CAIRO_STATUS_SUCCESS) {
    throw RunError(fmt::format("a picture of {} x {} words can't be drawn: {}; take its SVG", plan.left.size(),
                               plan.top.size(), cairo_status_to_string(status)));
  }
  return bytes;
}

}  // namespace lockstep

#include <cairo.h>
#include <fmt/format.h>
#include <pango/pangocairo.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <numbers>

#include "framework/core/errors.h"
#include "framework/inspection/figure.h"
#include "framework/inspection/figure_layout.h"
#include "framework/inspection/libraries.h"

namespace lockstep {
namespace {

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
  PangoFontDescription* font = pango_font_description_from_string(kFigureFont);
  pango_font_description_set_absolute_size(font, kFigureFontSize * PANGO_SCALE);
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

FigureLayout measured(const AlignedSentence& sentence) {
  const Surface scrap(cairo_image_surface_create(CAIRO_FORMAT_A8, 1, 1), cairo_surface_destroy);
  const Pen pen = pen_on(scrap);
  return lay_out_figure(sentence, [&](const std::string& word) { return extent_of(text_for(pen, word)).width; });
}

void draw_words(const Pen& pen, const FigureLayout& layout) {
  cairo_t* at = pen.get();
  for (std::size_t j = 0; j < layout.top.size(); ++j) {
    const Text text = text_for(pen, layout.top[j]);
    cairo_save(at);
    cairo_translate(at, layout.x + figure_middle(j) - extent_of(text).height / 2, layout.y - kFigureGap);
    cairo_rotate(at, -std::numbers::pi / 2);
    cairo_move_to(at, 0, 0);
    pango_cairo_show_layout(at, text.get());
    cairo_restore(at);
  }
  for (std::size_t i = 0; i < layout.left.size(); ++i) {
    const Text text = text_for(pen, layout.left[i]);
    const Extent extent = extent_of(text);
    cairo_move_to(at, layout.x - kFigureGap - extent.width, layout.y + figure_middle(i) - extent.height / 2);
    pango_cairo_show_layout(at, text.get());
  }
}

void draw_matrix(const Pen& pen, const AlignedSentence& sentence, const FigureLayout& layout) {
  cairo_t* at = pen.get();
  // Without smoothing, neighbours of one grey leave no seam.
  cairo_set_antialias(at, CAIRO_ANTIALIAS_NONE);
  cairo_rectangle(at, layout.x, layout.y, layout.matrix_width, layout.matrix_height);
  cairo_fill(at);
  for_each_figure_cell(sentence, layout, [&](double x, double y, float weight) {
    const double grey = static_cast<double>(weight);
    cairo_set_source_rgb(at, grey, grey, grey);
    cairo_rectangle(at, x, y, kFigureCell, kFigureCell);
    cairo_fill(at);
  });
  cairo_set_source_rgb(at, 0, 0, 0);
  cairo_set_line_width(at, 1);
  cairo_rectangle(at, layout.x - 0.5, layout.y - 0.5, layout.matrix_width + 1, layout.matrix_height + 1);
  cairo_stroke(at);
}

cairo_status_t append_bytes(void* into, const unsigned char* bytes, unsigned int count) {
  static_cast<std::string*>(into)->append(reinterpret_cast<const char*>(bytes), count);
  return CAIRO_STATUS_SUCCESS;
}

}  // namespace

std::string alignment_png(const AlignedSentence& sentence) {
  const FigureLayout layout = measured(sentence);
  const double scale = std::min(kScale, kLargestPicture / std::max(layout.width, layout.height));
  const Surface surface(
      cairo_image_surface_create(CAIRO_FORMAT_RGB24, static_cast<int>(std::ceil(layout.width * scale)),
                                 static_cast<int>(std::ceil(layout.height * scale))),
      cairo_surface_destroy);
  const Pen pen = pen_on(surface);
  cairo_scale(pen.get(), scale, scale);
  cairo_set_source_rgb(pen.get(), 1, 1, 1);
  cairo_paint(pen.get());
  cairo_set_source_rgb(pen.get(), 0, 0, 0);
  draw_words(pen, layout);
  draw_matrix(pen, sentence, layout);
  std::string bytes;
  const cairo_status_t status = cairo_surface_write_to_png_stream(surface.get(), append_bytes, &bytes);
  if (status != CAIRO_STATUS_SUCCESS) {
    throw RunError(fmt::format("a picture of {} x {} words can't be drawn: {}; take its SVG", layout.left.size(),
                               layout.top.size(), cairo_status_to_string(status)));
  }
  return bytes;
}

std::vector<Library> figure_libraries() {
  return {{"Pango", pango_version_string()}, {"cairo", cairo_version_string()}};
}

}  // namespace lockstep

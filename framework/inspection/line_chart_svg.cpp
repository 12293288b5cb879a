#include <fmt/format.h>

#include <array>
#include <cmath>
#include <string>
#include <string_view>

#include "framework/core/unicode.h"
#include "framework/inspection/line_chart.h"
#include "framework/inspection/xml_text.h"

namespace lockstep {
namespace {

/// Colours that people with any colour vision tell apart, on white and on near-black.
struct Color {
  std::string_view on_light;
  std::string_view on_dark;
};
constexpr std::array<Color, 6> kColors = {{{"#0067a5", "#5db4f0"},
                                           {"#c9540a", "#f29455"},
                                           {"#007a5a", "#3fc79a"},
                                           {"#a8428a", "#e08cc4"},
                                           {"#8a6d00", "#e3c04a"},
                                           {"#555555", "#bbbbbb"}}};
constexpr std::array<std::string_view, 3> kDashes = {"", " stroke-dasharray=\"7 4\"", " stroke-dasharray=\"2 3\""};

std::string style() {
  std::string text =
      "<style>\n.line-chart{color:#222;background:#fff;font:13px system-ui,sans-serif}\n"
      ".line-chart text{fill:currentColor}\n.line-chart .grid{stroke:currentColor;stroke-opacity:.15}\n"
      ".line-chart .axis{stroke:currentColor;stroke-opacity:.6}\n.line-chart .line{fill:none;stroke-width:2}\n";
  std::string dark = ".line-chart{color:#ddd;background:#15171b}\n";
  for (std::size_t i = 0; i < kColors.size(); ++i) {
    text += fmt::format(".line-chart .c{0}{{stroke:{1}}} .line-chart .p{0}{{fill:{1}}}\n", i, kColors[i].on_light);
    dark += fmt::format(".line-chart .c{0}{{stroke:{1}}} .line-chart .p{0}{{fill:{1}}}\n", i, kColors[i].on_dark);
  }
  return text + "@media (prefers-color-scheme:dark){\n" + dark + "}\n</style>\n";
}

/// Where the axes lie in the picture.
struct Frame {
  Axis x;
  Axis y;
  double left, right, top, bottom;

  [[nodiscard]] double across(double value) const { return left + (right - left) * x.place(value); }
  [[nodiscard]] double down(double value) const { return bottom - (bottom - top) * y.place(value); }
};

std::string draw_axes(const LineChart& chart, const Frame& frame, double height) {
  std::string svg;
  for (const double tick : frame.y.ticks) {
    const double y = frame.down(tick);
    svg += fmt::format("<path class=\"grid\" d=\"M{:.1f} {:.1f}H{:.1f}\"/>", frame.left, y, frame.right);
    svg += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>\n", frame.left - 8, y + 4,
                       frame.y.label(tick));
  }
  for (const double tick : frame.x.ticks) {
    const std::string label =
        chart.x_names.empty() ? frame.x.label(tick) : xml_text(chart.x_names[static_cast<std::size_t>(tick)]);
    const double x = frame.across(tick);
    svg += fmt::format("<path class=\"axis\" d=\"M{:.1f} {:.1f}v5\"/>", x, frame.bottom);
    svg +=
        fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{}</text>\n", x, frame.bottom + 19, label);
  }
  svg += fmt::format("<path class=\"axis\" fill=\"none\" d=\"M{:.1f} {:.1f}V{:.1f}H{:.1f}\"/>\n", frame.left, frame.top,
                     frame.bottom, frame.right);
  svg += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{}</text>\n",
                     (frame.left + frame.right) / 2, height - 10, xml_text(chart.x_label));
  return svg + fmt::format("<text transform=\"translate(16 {:.1f}) rotate(-90)\" text-anchor=\"middle\">{}</text>\n",
                           (frame.top + frame.bottom) / 2, xml_text(chart.y_label));
}

std::string draw_line(const LineChart& chart, std::size_t index, const Frame& frame) {
  const Series& series = chart.series[index];
  const std::size_t color = index % kColors.size();
  std::string path;
  std::string points;
  bool pen_down = false;
  for (std::size_t i = 0; i < series.x.size(); ++i) {
    if (!std::isfinite(series.y[i])) {
      pen_down = false;
      continue;
    }
    const double x = frame.across(series.x[i]);
    const double y = frame.down(series.y[i]);
    path += fmt::format("{}{:.1f} {:.1f}", pen_down ? 'L' : 'M', x, y);
    pen_down = true;
    if (!marks_points(chart)) continue;
    const std::string place =
        chart.x_names.empty() ? fmt::format("{:g}", series.x[i]) : chart.x_names[static_cast<std::size_t>(series.x[i])];
    points += fmt::format("<circle class=\"p{}\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3.5\"><title>{}</title></circle>\n",
                          color, x, y, xml_text(fmt::format("{}, {}: {:.4g}", series.name, place, series.y[i])));
  }
  const std::string_view dash = kDashes[index / kColors.size() % kDashes.size()];
  return fmt::format("<path class=\"line c{}\"{} d=\"{}\"/>\n{}", color, dash, path, points);
}

std::string draw_legend(const LineChart& chart, const Frame& frame) {
  std::string svg;
  for (std::size_t i = 0; i < chart.series.size(); ++i) {
    const double y = frame.top + 8 + 20 * static_cast<double>(i);
    svg += fmt::format("<path class=\"line c{}\"{} d=\"M{:.1f} {:.1f}h24\"/>", i % kColors.size(),
                       kDashes[i / kColors.size() % kDashes.size()], frame.right + 16, y);
    svg += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\">{}</text>\n", frame.right + 46, y + 4,
                       xml_text(fit_width(chart.series[i].name, 26)));
  }
  return svg;
}

}  // namespace

std::string to_svg(const LineChart& chart, double width, double height) {
  const bool legend = chart.series.size() > 1;
  const Frame frame{x_axis(chart, 8), y_axis(chart, 6), 64, width - (legend ? 236 : 24), 40, height - 54};
  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"line-chart\" role=\"img\" viewBox=\"0 0 {0:g} {1:g}\" "
      "width=\"{0:g}\" height=\"{1:g}\" aria-label=\"{2}\">\n{3}",
      width, height, xml_text(chart.title), style());
  svg += fmt::format("<text x=\"{:.1f}\" y=\"24\" font-weight=\"600\">{}</text>\n", frame.left, xml_text(chart.title));
  svg += draw_axes(chart, frame, height);
  for (std::size_t i = 0; i < chart.series.size(); ++i) svg += draw_line(chart, i, frame);
  if (legend) svg += draw_legend(chart, frame);
  return svg + "</svg>\n";
}

}  // namespace lockstep

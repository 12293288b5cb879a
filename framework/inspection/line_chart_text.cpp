#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "framework/core/unicode.h"
#include "framework/inspection/line_chart.h"
#include "framework/inspection/terminal_text.h"

namespace lockstep {
namespace {

constexpr std::array<std::string_view, 8> kSymbols = {"●", "▲", "■", "◆", "○", "△", "□", "◇"};
constexpr std::array<int, 6> kAnsiColors = {34, 33, 32, 35, 36, 31};

std::string colored(std::string_view text, std::size_t series, bool color) {
  if (!color) return std::string(text);
  return fmt::format("\033[{}m{}\033[0m", kAnsiColors[series % kAnsiColors.size()], text);
}

/// Cells of two by four braille dots.
class Canvas {
 public:
  Canvas(std::size_t columns, std::size_t rows) : columns_(columns), rows_(rows), cells_(columns * rows) {}

  [[nodiscard]] int width() const { return static_cast<int>(columns_) * 2; }
  [[nodiscard]] int height() const { return static_cast<int>(rows_) * 4; }

  void dot(int x, int y, std::size_t series) {
    // Braille numbers its dots down the left column, then the right, the lowest row last.
    static constexpr std::array<std::array<unsigned char, 2>, 4> kDots = {
        {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}}};
    Cell& cell = at(x, y);
    cell.dots |= kDots[static_cast<std::size_t>(y % 4)][static_cast<std::size_t>(x % 2)];
    cell.series = series;
  }

  void line(int x, int y, int to_x, int to_y, std::size_t series) {
    const int steps = std::max({std::abs(to_x - x), std::abs(to_y - y), 1});
    for (int i = 0; i <= steps; ++i) {
      dot(x + static_cast<int>(std::lround(static_cast<double>(to_x - x) * i / steps)),
          y + static_cast<int>(std::lround(static_cast<double>(to_y - y) * i / steps)), series);
    }
  }

  void mark(int x, int y, std::size_t series) {
    at(x, y).marked = true;
    at(x, y).series = series;
  }

  [[nodiscard]] std::string row(std::size_t row, bool color) const {
    std::string text;
    for (std::size_t column = 0; column < columns_; ++column) {
      const Cell& cell = cells_[row * columns_ + column];
      if (cell.marked) {
        text += colored(kSymbols[cell.series % kSymbols.size()], cell.series, color);
      } else if (cell.dots != 0) {
        std::string braille;
        append_utf8(0x2800U + cell.dots, braille);
        text += colored(braille, cell.series, color);
      } else {
        text += ' ';
      }
    }
    return text;
  }

 private:
  struct Cell {
    unsigned char dots = 0;
    bool marked = false;
    std::size_t series = 0;  ///< what was drawn last
  };
  Cell& at(int x, int y) {
    return cells_[static_cast<std::size_t>(y / 4) * columns_ + static_cast<std::size_t>(x / 2)];
  }

  std::size_t columns_;
  std::size_t rows_;
  std::vector<Cell> cells_;
};

/// The dot, of so many, at a place between 0 and 1.
int dot_at(double place, int dots) {
  return std::clamp(static_cast<int>(std::lround(place * (dots - 1))), 0, dots - 1);
}

struct Dot {
  int across = 0;
  int down = 0;
  bool after_gap = false;
};

/// Where the points of a series fall on the canvas.
std::vector<Dot> dots_of(const Series& series, const Axis& x, const Axis& y, const Canvas& canvas) {
  std::vector<Dot> dots;
  bool gap = true;
  for (std::size_t i = 0; i < series.x.size(); ++i) {
    const bool drawn = std::isfinite(series.y[i]);
    if (drawn) {
      dots.push_back({dot_at(x.place(series.x[i]), canvas.width()),
                      canvas.height() - 1 - dot_at(y.place(series.y[i]), canvas.height()), gap});
    }
    gap = !drawn;
  }
  return dots;
}

/// All lines, and over them symbols: at each point where points are few, else at the end of each of several lines.
void draw(const LineChart& chart, const Axis& x, const Axis& y, Canvas& canvas) {
  std::vector<std::vector<Dot>> dots;
  for (const Series& series : chart.series) dots.push_back(dots_of(series, x, y, canvas));
  for (std::size_t s = 0; s < dots.size(); ++s) {
    for (std::size_t i = 0; i < dots[s].size(); ++i) {
      const Dot& from = dots[s][dots[s][i].after_gap ? i : i - 1];
      canvas.line(from.across, from.down, dots[s][i].across, dots[s][i].down, s);
    }
  }
  const bool every = marks_points(chart);
  for (std::size_t s = 0; s < dots.size(); ++s) {
    for (std::size_t i = 0; i < dots[s].size(); ++i) {
      const bool last = i + 1 == dots[s].size() && dots.size() > 1;
      if (every || last) canvas.mark(dots[s][i].across, dots[s][i].down, s);
    }
  }
}

/// Labels under their ticks, those left out that would touch the one before.
std::string tick_labels(const LineChart& chart, const Axis& axis, std::size_t columns) {
  std::string text;
  std::size_t used = 0;
  for (const double tick : axis.ticks) {
    const std::string label = chart.x_names.empty() ? axis.label(tick) : chart.x_names[static_cast<std::size_t>(tick)];
    const std::size_t width = display_width(label);
    if (width > columns) continue;
    const auto middle = static_cast<std::size_t>(dot_at(axis.place(tick), static_cast<int>(columns)));
    const std::size_t begin = std::min(middle - std::min(middle, width / 2), columns - width);
    if (used > 0 && begin < used + 1) continue;
    text += std::string(begin - used, ' ') + label;
    used = begin + width;
  }
  return text;
}

std::string legend(const LineChart& chart, std::size_t columns, bool color) {
  std::string text;
  std::size_t used = 0;
  for (std::size_t i = 0; i < chart.series.size(); ++i) {
    const std::string name = fit_width(printable(chart.series[i].name), columns - std::min<std::size_t>(columns, 6));
    const std::size_t width = display_width(name) + 4;
    if (used > 0 && used + width > columns) {
      text += '\n';
      used = 0;
    }
    text += "  " + colored(kSymbols[i % kSymbols.size()], i, color) + ' ' + name;
    used += width;
  }
  return text + "\n";
}

}  // namespace

std::string to_text(const LineChart& chart, std::size_t columns, std::size_t rows, bool color) {
  const Axis y = y_axis(chart, static_cast<int>(std::clamp<std::size_t>(rows / 3, 2, 8)));
  std::size_t margin = 0;
  for (const double tick : y.ticks) margin = std::max(margin, y.label(tick).size());
  const std::size_t inner = std::max<std::size_t>(columns, 30) - std::min<std::size_t>(margin + 2, 20);
  const Axis x = x_axis(chart, static_cast<int>(std::max<std::size_t>(inner / 12, 2)));

  Canvas canvas(inner, rows);
  draw(chart, x, y, canvas);
  std::string text = chart.title.starts_with(chart.y_label) ? chart.title + "\n"
                                                            : fmt::format("{} ({})\n", chart.title, chart.y_label);
  for (std::size_t row = 0; row < rows; ++row) {
    std::string label;
    for (const double tick : y.ticks) {
      const int down = canvas.height() - 1 - dot_at(y.place(tick), canvas.height());
      if (static_cast<std::size_t>(down) / 4 == row) label = y.label(tick);
    }
    text += fmt::format("{:>{}} {}", label, margin, label.empty() ? "│" : "┤") + canvas.row(row, color);
    text.erase(text.find_last_not_of(' ') + 1);
    text += '\n';
  }
  text += fmt::format("{:{}} └", "", margin);
  for (std::size_t i = 0; i < inner; ++i) text += "─";
  text += fmt::format("\n{:{}}{}\n", "", margin + 2, tick_labels(chart, x, inner));
  const std::size_t indent = margin + 2 + (inner - std::min(inner, display_width(chart.x_label))) / 2;
  text += fmt::format("{:{}}{}\n", "", indent, chart.x_label);
  return chart.series.size() > 1 ? text + legend(chart, columns, color) : text;
}

}  // namespace lockstep

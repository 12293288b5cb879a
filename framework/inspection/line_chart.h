#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "framework/inspection/chart_axis.h"

namespace lockstep {

/// One line of a chart; x and y are of the same length. A y that isn't a number is a gap in the line.
struct Series {
  std::string name;
  std::vector<double> x;
  std::vector<double> y;
};

struct LineChart {
  std::string title;
  std::string x_label;
  std::string y_label;
  std::vector<Series> series;
  std::vector<std::string> x_names;  ///< what stands at x = 0, 1, …; numbers where empty
};

/// The axes that hold all points; a chart without points gets 0 to 1.
[[nodiscard]] Axis x_axis(const LineChart& chart, int most_ticks);
[[nodiscard]] Axis y_axis(const LineChart& chart, int most_ticks);

/// Whether points are few enough to be marked one by one.
[[nodiscard]] bool marks_points(const LineChart& chart);

/// An SVG picture, for a file or for the body of a page: dark and light as the reader prefers, each point's numbers in
/// a title where points are few.
[[nodiscard]] std::string to_svg(const LineChart& chart, double width = 720, double height = 400);

/// Lines of braille dots for a terminal, `columns` cells wide (at least 30) with `rows` rows between the axes; points
/// are marked with a symbol for each series where they are few. Colours are ANSI's.
[[nodiscard]] std::string to_text(const LineChart& chart, std::size_t columns, std::size_t rows, bool color);

}  // namespace lockstep

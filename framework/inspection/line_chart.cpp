#include "framework/inspection/line_chart.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace lockstep {
namespace {

struct Range {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();

  void add(double value) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
};

/// Of the points that are drawn.
Range range_of(const LineChart& chart, bool of_x) {
  Range range;
  for (const Series& series : chart.series) {
    for (std::size_t i = 0; i < series.x.size(); ++i) {
      if (std::isfinite(series.y[i])) range.add(of_x ? series.x[i] : series.y[i]);
    }
  }
  if (range.low > range.high) range = {0, 1};
  return range;
}

}  // namespace

Axis x_axis(const LineChart& chart, int most_ticks) {
  if (chart.x_names.empty()) {
    const Range range = range_of(chart, true);
    return make_axis(range.low, range.high, most_ticks, AxisEnds::kAtValues);
  }
  // Half a step of room before the first name and behind the last.
  Axis axis{-0.5, static_cast<double>(chart.x_names.size()) - 0.5, {}, 0};
  for (std::size_t i = 0; i < chart.x_names.size(); ++i) axis.ticks.push_back(static_cast<double>(i));
  return axis;
}

Axis y_axis(const LineChart& chart, int most_ticks) {
  const Range range = range_of(chart, false);
  return make_axis(range.low, range.high, most_ticks, AxisEnds::kAtTicks);
}

bool marks_points(const LineChart& chart) {
  constexpr std::size_t kMost = 40;
  return std::all_of(chart.series.begin(), chart.series.end(),
                     [](const Series& series) { return series.x.size() <= kMost; });
}

}  // namespace lockstep

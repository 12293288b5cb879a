#include "framework/inspection/chart_axis.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace lockstep {
namespace {

/// The least of 1, 2, 5 times a power of ten that isn't below `width`.
double round_step(double width) {
  const double power = std::pow(10.0, std::floor(std::log10(width)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= width * (1 - 1e-9)) return factor * power;
  }
  return 10 * power;
}

}  // namespace

std::string Axis::label(double tick) const {
  if (std::abs(tick) >= 1e6) return fmt::format("{:g}", tick);
  const bool zero = std::abs(tick) < 0.5 * std::pow(10.0, -decimals);  // never "-0"
  return fmt::format("{:.{}f}", zero ? 0.0 : tick, decimals);
}

Axis make_axis(double low, double high, int most_ticks, AxisEnds ends) {
  if (!(high > low)) {  // one value: something to either side of it
    const double room = low == 0 ? 1 : std::abs(low) * 0.1;
    high = low + room;
    low -= room;
  }
  const double step = round_step((high - low) / most_ticks);
  Axis axis{low, high, {}, std::max(0, static_cast<int>(-std::floor(std::log10(step) + 1e-9)))};
  if (ends == AxisEnds::kAtTicks) {
    axis.low = std::floor(low / step + 1e-9) * step;
    axis.high = std::ceil(high / step - 1e-9) * step;
  }
  for (double k = std::ceil(axis.low / step - 1e-9); k * step <= axis.high + step * 1e-9; ++k) {
    axis.ticks.push_back(k * step);
  }
  return axis;
}

}  // namespace lockstep

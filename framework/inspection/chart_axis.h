#pragma once

#include <string>
#include <vector>

namespace lockstep {

/// One axis of a chart: what it spans, and round numbers (1, 2 or 5 times a power of ten apart) to mark on it.
struct Axis {
  double low = 0;
  double high = 1;  ///< above low
  std::vector<double> ticks;
  int decimals = 0;  ///< that tell the ticks apart

  /// Where a value lies between low (0) and high (1).
  [[nodiscard]] double place(double value) const { return (value - low) / (high - low); }
  [[nodiscard]] std::string label(double tick) const;
};

enum class AxisEnds { kAtTicks, kAtValues };

/// An axis over the values from `low` to `high` with at most about `most_ticks` ticks (at least 2).
[[nodiscard]] Axis make_axis(double low, double high, int most_ticks, AxisEnds ends);

}  // namespace lockstep

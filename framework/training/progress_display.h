#pragma once

#include <cstdint>
#include <string>

#include "framework/core/clock.h"

namespace lockstep {

/// Shows how training goes on: a bar on a terminal, and a line every ten seconds where standard error is a file or a
/// pipe.
class ProgressDisplay {
 public:
  /// `updates`: of the whole run; `done`: before this start. `silent` for ranks that don't speak.
  ProgressDisplay(std::uint64_t updates, std::uint64_t done, bool silent);
  ~ProgressDisplay();
  ProgressDisplay(const ProgressDisplay&) = delete;
  ProgressDisplay& operator=(const ProgressDisplay&) = delete;

  void update(std::uint64_t update, std::uint64_t epoch, double loss, std::uint64_t words, double seconds);
  /// A line of its own, below which the bar goes on.
  void line(const std::string& text);
  /// Takes the bar away, so that what is printed next has a line of its own.
  void clear_bar();

 private:
  std::uint64_t updates_;
  std::uint64_t done_;
  bool silent_;
  bool bar_;  ///< there is a terminal
  bool bar_shown_ = false;
  double seconds_ = 0;     ///< in updates since this start
  double words_rate_ = 0;  ///< words a second, a moving mean
  Stopwatch since_shown_;
};

/// "1:02:03", "2:03".
[[nodiscard]] std::string duration(double seconds);

}  // namespace lockstep

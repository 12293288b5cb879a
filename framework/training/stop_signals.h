#pragma once

#include <csignal>
#include <utility>
#include <vector>

namespace lockstep {

/// While it lives, SIGUSR1, SIGUSR2, SIGTERM and SIGINT only ask for a stop; a second SIGINT ends the process at once,
/// as if there were no handler. One at a time: signals belong to the process.
class StopSignals {
 public:
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  /// The first signal that asked for a stop, 0 so far.
  [[nodiscard]] int asked() const;

 private:
  std::vector<std::pair<int, struct sigaction>> before_;
};

}  // namespace lockstep

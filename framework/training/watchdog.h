#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "framework/core/heartbeat.h"
#include "framework/parallel/communicator.h"
#include "framework/training/stall_observer.h"

namespace lockstep {

/// What a watchdog does when a rank stands still. Tests put others in their place.
struct WatchdogActions {
  std::function<void(const std::string& message)> print;  ///< one line
  std::function<void()> end;                              ///< ends all ranks
  std::string advice = "start again to go on from the last checkpoint";
  std::string setting = "watchdog.seconds";  ///< where the seconds are set
};

/// A thread of each rank that looks whether ranks get on. One that hasn't for so many seconds is named in one line, and
/// all ranks end: by itself, when it hangs in its own work or the disk doesn't take its checkpoint; by the others, when
/// its process doesn't run any more, or when all wait and it is the one they wait for. Ranks tell each other how they
/// are by files in a folder, for training the run's; what isn't known there doesn't keep a rank from ending in time.
/// Seconds during which this process itself was stopped don't count.
class Watchdog {
 public:
  static constexpr double kDefaultSeconds = 600;

  /// Watches this rank alone, until share(). Not collective. `ranks.heartbeat()` must outlive it, `ranks` needn't.
  Watchdog(const Communicator& ranks, WatchdogActions actions, double seconds = kDefaultSeconds);
  /// Doesn't wait for a disk that hangs.
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  /// From now on so many seconds count; 0: nothing is ever too long. Not collective.
  void limit(double seconds);
  /// From now on ranks tell each other how they are in `folder`, which is made in one that is there, and goes with the
  /// last rank; false if not all can. Collective.
  bool share(const Communicator& ranks, const std::filesystem::path& folder);
  /// The run is this start's alone: what earlier ones have told is taken away. Not collective; by one rank.
  void tidy() const;

 private:
  struct Shared;
  void watch(const std::stop_token& stop);
  void accuse(const StallVerdict& verdict) const;

  WatchdogActions actions_;
  const Heartbeat& heartbeat_;
  std::shared_ptr<Shared> shared_;  ///< also of the thread that may hang in a file
  std::jthread thread_;             ///< last, so that it ends before what it uses
};

}  // namespace lockstep

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "framework/training/rank_status.h"

namespace lockstep {

/// Who a rank that waits in vain finds to be at fault.
struct StallVerdict {
  RankStatus rank;
  double seconds = 0;  ///< that it has been still
  std::string reason;  ///< "its process doesn't run"
};

/// Judges by what ranks say of themselves. A wait alone is nobody's fault while any rank gets on; a rank is at fault
/// when its process gives no sign of life, or when all stand still and it isn't one that only waits.
class StallObserver {
 public:
  explicit StallObserver(int ranks);

  /// Another look at all ranks, `seconds` after the one before.
  void look(const std::vector<std::optional<RankStatus>>& statuses, double seconds);
  /// Looks from before don't count any more.
  void forget();
  /// The rank at fault, once it has been still for `limit` seconds.
  [[nodiscard]] std::optional<StallVerdict> verdict(double limit) const;

 private:
  struct Seen {
    std::optional<RankStatus> status;
    double silent = 0;  ///< since its sign of life changed
  };
  [[nodiscard]] static double still(const Seen& seen);

  std::vector<Seen> seen_;
  bool looked_ = false;
};

}  // namespace lockstep

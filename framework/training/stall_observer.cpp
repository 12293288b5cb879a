#include "framework/training/stall_observer.h"

#include <algorithm>
#include <tuple>

namespace lockstep {
namespace {

/// How far a rank has come, for a comparison of ranks that all wait.
std::tuple<std::uint64_t, std::uint64_t> place_of(const RankStatus& status) {
  return {status.update, status.waits};
}

}  // namespace

StallObserver::StallObserver(int ranks) : seen_(static_cast<std::size_t>(ranks)) {}

void StallObserver::look(const std::vector<std::optional<RankStatus>>& statuses, double seconds) {
  for (std::size_t rank = 0; rank < seen_.size(); ++rank) {
    Seen& seen = seen_[rank];
    const std::optional<RankStatus>& now = statuses[rank];
    const bool alive = now && (!seen.status || now->sign_of_life != seen.status->sign_of_life);
    if (now) seen.status = now;
    if (alive)
      seen.silent = 0;
    else if (looked_)
      seen.silent += seconds;
  }
  looked_ = true;
}

void StallObserver::forget() {
  for (Seen& seen : seen_) seen = {};
  looked_ = false;
}

double StallObserver::still(const Seen& seen) {
  return (seen.status ? seen.status->still : 0) + seen.silent;
}

std::optional<StallVerdict> StallObserver::verdict(double limit) const {
  const auto judge = [&](std::size_t rank, const char* reason) {
    RankStatus status = seen_[rank].status.value_or(RankStatus{});
    status.rank = static_cast<int>(rank);
    return StallVerdict{status, still(seen_[rank]), reason};
  };
  // A process that doesn't run says nothing, whatever others do.
  constexpr const char* kDoesNotRun = "its process doesn't run, or its host can't be reached";
  for (std::size_t rank = 0; rank < seen_.size(); ++rank) {
    const Seen& seen = seen_[rank];
    if (seen.silent >= limit) return judge(rank, seen.status ? kDoesNotRun : "it has never told that it runs");
  }
  const auto gets_on = [&](const Seen& seen) { return still(seen) < limit; };
  if (!looked_ || std::any_of(seen_.begin(), seen_.end(), gets_on)) return std::nullopt;
  // It was stopped when the others began to wait for it: their clocks may reach the limit before that of its silence.
  for (std::size_t rank = 0; rank < seen_.size(); ++rank) {
    if (seen_[rank].silent >= limit / 2) return judge(rank, kDoesNotRun);
  }
  for (std::size_t rank = 0; rank < seen_.size(); ++rank) {
    if (seen_[rank].status->wait.empty()) return judge(rank, "all others wait");
  }
  const auto [behind, ahead] = std::minmax_element(seen_.begin(), seen_.end(), [](const Seen& a, const Seen& b) {
    return place_of(*a.status) < place_of(*b.status);
  });
  const auto index_of = [this](auto seen) { return static_cast<std::size_t>(seen - seen_.begin()); };
  if (place_of(*behind->status) != place_of(*ahead->status)) {
    return judge(index_of(behind), "it is behind the others, which wait");
  }
  // As many waits, but not the same: somewhere one took another way.
  const auto company = [this](const Seen& seen) {
    const auto alike = [&](const Seen& other) { return other.status->wait == seen.status->wait; };
    return std::tuple(std::count_if(seen_.begin(), seen_.end(), alike), seen.status->wait != Heartbeat::kEnd);
  };
  const auto apart = std::min_element(seen_.begin(), seen_.end(),
                                      [&](const Seen& a, const Seen& b) { return company(a) < company(b); });
  const bool together = std::get<0>(company(*apart)) == std::ssize(seen_);
  return judge(index_of(apart),
               together ? "all ranks wait in the same place: a message was lost" : "it waits where the others don't");
}

}  // namespace lockstep

#include "framework/training/watchdog.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

#include "framework/core/clock.h"
#include "framework/training/rank_status.h"
#include "framework/training/stall_observer.h"

namespace lockstep {
namespace {

using Seconds = std::chrono::duration<double>;

/// For a line, a claim, or an end of what may hang with the disk.
constexpr Seconds kPatience(2);

/// That a rank which only waits gives the others, who know better where it is missed or who is, before it ends all by
/// itself.
constexpr double kGrace = 5;

/// Ranks that look at the others as soon as they wait; the rest only when these fail, so that many ranks don't read
/// many files.
constexpr int kLookouts = 8;

/// Seconds from one look to the next. No more than some 30 files a second are written by all ranks together.
double interval_of(double limit, int ranks) {
  if (limit <= 0) return kPatience.count();
  return std::clamp(limit / 20, 0.05, std::max(2.0, ranks / 32.0));
}

/// Runs `work` in a thread of its own, and returns whether it ended in time.
bool in_time(std::function<void()> work) {
  struct Done {
    std::mutex mutex;
    std::condition_variable changed;
    bool done = false;
  };
  const auto done = std::make_shared<Done>();
  std::thread([done, work = std::move(work)] {
    work();
    const std::lock_guard lock(done->mutex);
    done->done = true;
    done->changed.notify_all();
  }).detach();
  std::unique_lock lock(done->mutex);
  return done->changed.wait_for(lock, kPatience, [&] { return done->done; });
}

}  // namespace

/// What the watching thread and the one that meets the disk tell each other.
struct Watchdog::Shared {
  std::mutex mutex;
  std::condition_variable changed;
  int ranks = 1;
  double limit = 0;
  RankStatus own;
  std::optional<StatusBoard> board;
  std::optional<StallVerdict> verdict;
  std::uint64_t rounds = 0;  ///< of the disk's thread
  bool ends = false;
  bool ended = false;  ///< the disk's thread has

  [[nodiscard]] double interval() const { return interval_of(limit, ranks); }

  /// The disk's thread: tells the others how this rank is, and looks at them while it waits.
  void meet_disk();
};

void Watchdog::Shared::meet_disk() {
  StallObserver observer(ranks);
  Stopwatch since_look;
  std::uint64_t beats = 0;
  std::unique_lock lock(mutex);
  while (!ends) {
    const Seconds pause(interval());
    changed.wait_for(lock, pause);
    if (ends || !board) continue;
    own.sign_of_life = rounds + 1;
    const RankStatus status = own;
    const double most = limit;
    const StatusBoard& files = *board;  // never changes once it is there
    lock.unlock();
    files.publish(status);
    if (status.beats != std::exchange(beats, status.beats)) observer.forget();
    const bool looks =
        most > 0 && !status.wait.empty() && status.still >= (status.rank < kLookouts ? pause.count() : most);
    std::optional<StallVerdict> found;
    // As long as a round takes at most: this process may have been stopped itself.
    const double passed = std::min(since_look.restart(), 2 * pause.count());
    if (looks) {
      observer.look(files.read(ranks), passed);
      found = observer.verdict(most);
    }
    lock.lock();
    ++rounds;
    verdict = found;
  }
  const std::optional<StatusBoard> files = board;
  lock.unlock();
  if (files) files->remove(own.rank);
  lock.lock();
  ended = true;
  changed.notify_all();
}

Watchdog::Watchdog(const Communicator& ranks, WatchdogActions actions, double seconds)
    : actions_(std::move(actions)), heartbeat_(ranks.heartbeat()), shared_(std::make_shared<Shared>()) {
  shared_->ranks = ranks.size();
  shared_->limit = seconds;
  shared_->own = status_of(ranks.rank(), ranks.host(), heartbeat_.read());
  std::thread([shared = shared_] { shared->meet_disk(); }).detach();
  thread_ = std::jthread([this](const std::stop_token& stop) { watch(stop); });
}

Watchdog::~Watchdog() {
  thread_.request_stop();
  thread_.join();
  std::unique_lock lock(shared_->mutex);
  shared_->ends = true;
  shared_->changed.notify_all();
  shared_->changed.wait_for(lock, kPatience, [this] { return shared_->ended; });
}

void Watchdog::limit(double seconds) {
  const std::lock_guard lock(shared_->mutex);
  shared_->limit = seconds;
  shared_->changed.notify_all();
}

bool Watchdog::share(const Communicator& ranks, const std::filesystem::path& folder) {
  const std::string start = ranks.broadcast(
      fmt::format("{:x}-{:x}", std::chrono::system_clock::now().time_since_epoch().count(), ::getpid()));
  StatusBoard board(folder, start);
  if (ranks.rank() == 0) board.create();
  ranks.barrier();
  // So that nothing can happen to a rank before the others can read of it.
  const bool told = board.publish(status_of(ranks.rank(), ranks.host(), heartbeat_.read()));
  if (ranks.max(told ? 0 : 1) != 0) {
    board.remove(ranks.rank());
    return false;
  }
  const std::lock_guard lock(shared_->mutex);
  shared_->board = std::move(board);
  shared_->changed.notify_all();
  return true;
}

void Watchdog::tidy() const {
  std::unique_lock lock(shared_->mutex);
  const std::optional<StatusBoard> board = shared_->board;
  lock.unlock();
  if (board) board->remove_others();
}

void Watchdog::watch(const std::stop_token& stop) {
  std::condition_variable_any never;
  std::mutex mutex;
  std::unique_lock own_lock(mutex);
  Stopwatch since_round;
  double still = 0;
  double writing_still = 0;
  double disk_still = 0;
  std::uint64_t beats = 0;
  std::uint64_t written_beats = 0;
  std::uint64_t rounds = 0;
  while (!stop.stop_requested()) {
    std::unique_lock lock(shared_->mutex);
    const double pause = shared_->interval();
    lock.unlock();
    never.wait_for(own_lock, stop, Seconds(pause), [] { return false; });
    if (stop.stop_requested()) return;
    const double passed = std::min(since_round.restart(), 2 * pause);
    const Heartbeat::Reading reading = heartbeat_.read();
    still = reading.beats == std::exchange(beats, reading.beats) && !reading.outside ? still + passed : 0;
    const bool writes_nothing = reading.written_beats == std::exchange(written_beats, reading.written_beats);
    writing_still = reading.writes && writes_nothing ? writing_still + passed : 0;

    lock.lock();
    Shared& shared = *shared_;
    disk_still = shared.rounds == std::exchange(rounds, shared.rounds) ? disk_still + passed : 0;
    RankStatus own = status_of(shared.own.rank, shared.own.host, reading);
    own.still = still;
    own.sign_of_life = shared.own.sign_of_life;
    shared.own = own;
    if (still == 0) shared.verdict.reset();
    const double limit = shared.limit;
    const std::optional<StallVerdict> verdict = shared.verdict;
    const bool knows_others = shared.board && disk_still < std::max(limit / 2, 4 * pause);
    lock.unlock();
    if (limit > 0 && writing_still >= limit) {
      return accuse({own, writing_still, "its checkpoint isn't written: the disk doesn't answer"});
    }
    if (limit <= 0 || still <= pause) continue;
    if (own.wait.empty()) {
      if (still >= limit) return accuse({own, still, "it hangs in its own work"});
    } else if (verdict && (verdict->rank.rank != own.rank || still >= limit + kGrace)) {
      return accuse(*verdict);
    } else if (still >= limit + kGrace && !knows_others) {
      return accuse({own, still, "it waits for others, and their files don't tell which"});
    }
  }
}

void Watchdog::accuse(const StallVerdict& verdict) const {
  std::unique_lock lock(shared_->mutex);
  const double limit = shared_->limit;
  const RankStatus own = shared_->own;
  const std::optional<StatusBoard> board = shared_->board;
  lock.unlock();
  const auto mine = std::make_shared<std::atomic<bool>>(true);
  if (board) in_time([board, mine] { *mine = board->claim_the_last_word(); });
  if (*mine) {
    const std::string host = verdict.rank.host.empty() ? "of unknown name" : verdict.rank.host;
    // What a rank last told may be some seconds old: where it is missed says more.
    const bool other = verdict.rank.rank != own.rank;
    const std::string missed = other && !own.wait.empty() ? fmt::format("; rank {} waits for it at update {} in {}",
                                                                        own.rank, own.update, own.wait)
                                                          : "";
    const std::string line =
        fmt::format("rank {} on host {} has made no progress for {:.0f} s: {}; {}{}{}; all ranks end, {} ({} is {:g})",
                    verdict.rank.rank, host, verdict.seconds, verdict.reason, other ? "last heard of at " : "",
                    describe(verdict.rank), missed, actions_.advice, actions_.setting, limit);
    in_time([print = actions_.print, line] { print(line); });
  } else {
    // Another rank has said it, and is about to end all.
    std::this_thread::sleep_for(kPatience);
  }
  actions_.end();
}

}  // namespace lockstep

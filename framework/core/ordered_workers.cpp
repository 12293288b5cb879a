#include "framework/core/ordered_workers.h"

#include <fmt/format.h>
#include <sched.h>

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>

#include "framework/core/errors.h"

namespace lockstep {
namespace {

/// Threads that work on a ring of places. The caller's thread alone puts, waits for and releases.
class OrderedWorkers {
 public:
  OrderedWorkers(std::size_t threads, const std::function<void(std::size_t)>& work)
      : work_(work), places_(tasks_under_way(threads)) {
    try {
      for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { serve(); });
    } catch (const std::system_error& error) {
      cancel();
      throw RunError(fmt::format("{} threads can't be started: {}; take fewer", threads, error.what()));
    }
  }
  ~OrderedWorkers() { cancel(); }
  OrderedWorkers(const OrderedWorkers&) = delete;
  OrderedWorkers& operator=(const OrderedWorkers&) = delete;

  [[nodiscard]] bool is_empty() const { return put_ == released_; }
  [[nodiscard]] bool is_full() const { return put_ - released_ == places_.size(); }
  /// Where the next task goes.
  [[nodiscard]] std::size_t free_place() const { return place_of(put_); }

  void put() {
    {
      const std::lock_guard lock(mutex_);
      places_[free_place()] = {};
      ++put_;
    }
    has_work_.notify_one();
  }

  /// The place of the oldest task, once it is done; throws what its work threw.
  std::size_t wait_for_oldest() {
    std::unique_lock lock(mutex_);
    Place& oldest = places_[place_of(released_)];
    is_done_.wait(lock, [&] { return oldest.done; });
    if (oldest.error) std::rethrow_exception(oldest.error);
    return place_of(released_);
  }

  void release_oldest() { ++released_; }

 private:
  struct Place {
    bool done = false;
    std::exception_ptr error;
  };

  [[nodiscard]] std::size_t place_of(std::uint64_t task) const { return task % places_.size(); }

  void serve() {
    std::unique_lock lock(mutex_);
    while (true) {
      has_work_.wait(lock, [this] { return cancelled_ || begun_ < put_; });
      if (cancelled_) return;
      const std::size_t place = place_of(begun_++);
      lock.unlock();
      std::exception_ptr error;
      try {
        work_(place);
      } catch (...) {
        error = std::current_exception();
      }
      lock.lock();
      places_[place] = {true, std::move(error)};
      is_done_.notify_one();
    }
  }

  void cancel() {
    {
      const std::lock_guard lock(mutex_);
      cancelled_ = true;
    }
    has_work_.notify_all();
  }

  const std::function<void(std::size_t)>& work_;
  std::vector<Place> places_;
  std::uint64_t put_ = 0;  ///< tasks so far; begun_ of them were begun, released_ used
  std::uint64_t begun_ = 0;
  std::uint64_t released_ = 0;  ///< the caller's thread alone reads and writes it
  bool cancelled_ = false;
  std::mutex mutex_;
  std::condition_variable has_work_;
  std::condition_variable is_done_;
  std::vector<std::jthread> threads_;  ///< last, so that they are joined before what they use goes
};

}  // namespace

std::size_t usable_processors() {
  // A mask for more processors than any machine has: the call fails where the system's mask is longer than ours.
  constexpr int kMost = 1 << 16;
  cpu_set_t* mask = CPU_ALLOC(kMost);
  if (mask == nullptr) return 1;
  const std::size_t bytes = CPU_ALLOC_SIZE(kMost);
  const int count = ::sched_getaffinity(0, bytes, mask) == 0 ? CPU_COUNT_S(bytes, mask) : 1;
  CPU_FREE(mask);
  return static_cast<std::size_t>(std::max(1, count));
}

void work_in_order_on_places(std::size_t threads, const std::function<bool(std::size_t)>& fill,
                             const std::function<void(std::size_t)>& work,
                             const std::function<void(std::size_t)>& use) {
  if (threads == 1) {
    while (fill(0)) {
      work(0);
      use(0);
    }
    return;
  }
  OrderedWorkers workers(threads, work);
  bool more = true;
  std::exception_ptr no_more;
  while (true) {
    while (more && !workers.is_full()) {
      try {
        more = fill(workers.free_place());
      } catch (...) {
        // The tasks before this one come first, with their own errors.
        no_more = std::current_exception();
        more = false;
      }
      if (more) workers.put();
    }
    if (workers.is_empty()) break;
    use(workers.wait_for_oldest());
    workers.release_oldest();
  }
  if (no_more) std::rethrow_exception(no_more);
}

}  // namespace lockstep

#pragma once

#include <atomic>
#include <cstdint>

namespace lockstep {

/// What a rank does and whether it gets on, for a watchdog that reads it from another thread. Marks cost a store or
/// two, and any thread may set them; phases and waits are those of the main thread.
class Heartbeat {
 public:
  /// The wait that is the last: for all ranks to leave.
  static constexpr const char* kEnd = "the end of the program";

  struct Reading {
    std::uint64_t beats = 0;   ///< grows with every bit of progress
    std::uint64_t update = 0;  ///< the one at hand
    std::uint64_t waits = 0;   ///< for other ranks, begun so far
    const char* phase = "";    ///< what is done
    const char* wait = "";     ///< what other ranks are waited for in, empty: nobody is
    std::uint64_t range_begin = 0;
    std::uint64_t range_end = 0;      ///< of the gradient, what was last summed; 0: nothing
    bool outside = false;             ///< who isn't of the job is waited for
    bool writes = false;              ///< a file, while the main thread goes on
    std::uint64_t written_beats = 0;  ///< grows with every bit of that
  };

  /// Something was got done.
  void beat() { beats_.fetch_add(1, std::memory_order_relaxed); }
  void set_update(std::uint64_t update) {
    update_.store(update, std::memory_order_relaxed);
    beat();
  }
  void set_range(std::uint64_t begin, std::uint64_t end) {
    range_begin_.store(begin, std::memory_order_relaxed);
    range_end_.store(end, std::memory_order_relaxed);
    beat();
  }
  /// Fields may be of different moments.
  [[nodiscard]] Reading read() const {
    return {beats_.load(std::memory_order_relaxed),     update_.load(std::memory_order_relaxed),
            waits_.load(std::memory_order_relaxed),     phase_.load(std::memory_order_relaxed),
            wait_.load(std::memory_order_relaxed),      range_begin_.load(std::memory_order_relaxed),
            range_end_.load(std::memory_order_relaxed), outside_.load(std::memory_order_relaxed),
            writes_.load(std::memory_order_relaxed),    written_beats_.load(std::memory_order_relaxed)};
  }

  /// While it lives, the rank is in this phase. `name` lives for ever.
  class Phase {
   public:
    Phase(Heartbeat& heartbeat, const char* name)
        : heartbeat_(heartbeat), before_(heartbeat.phase_.exchange(name, std::memory_order_relaxed)) {
      heartbeat_.beat();
    }
    ~Phase() {
      heartbeat_.phase_.store(before_, std::memory_order_relaxed);
      heartbeat_.beat();
    }
    Phase(const Phase&) = delete;
    Phase& operator=(const Phase&) = delete;

   private:
    Heartbeat& heartbeat_;
    const char* before_;
  };

  /// While it lives, a thread beside the main one writes a file. One at a time.
  class Writing {
   public:
    explicit Writing(Heartbeat& heartbeat) : heartbeat_(heartbeat) {
      beat();
      heartbeat_.writes_.store(true, std::memory_order_relaxed);
    }
    ~Writing() {
      heartbeat_.writes_.store(false, std::memory_order_relaxed);
      beat();
    }
    Writing(const Writing&) = delete;
    Writing& operator=(const Writing&) = delete;

    /// Some of it was written. The main thread may wait for it, and gets on too.
    void beat() {
      heartbeat_.written_beats_.fetch_add(1, std::memory_order_relaxed);
      heartbeat_.beat();
    }

   private:
    Heartbeat& heartbeat_;
  };

  /// While it lives, the rank can't go on before others come. Waits don't nest: the outermost counts.
  class Wait {
   public:
    Wait(Heartbeat& heartbeat, const char* name) : heartbeat_(heartbeat), before_(heartbeat.wait_.load()) {
      if (*before_ != '\0') return;
      heartbeat_.waits_.fetch_add(1, std::memory_order_relaxed);
      heartbeat_.wait_.store(name, std::memory_order_relaxed);
      heartbeat_.beat();
    }
    ~Wait() {
      heartbeat_.wait_.store(before_, std::memory_order_relaxed);
      heartbeat_.beat();
    }
    Wait(const Wait&) = delete;
    Wait& operator=(const Wait&) = delete;

   private:
    Heartbeat& heartbeat_;
    const char* before_;
  };

  /// While it lives, the rank waits for who isn't of the job: a person who types, a program at a pipe's other end. That
  /// may take for ever.
  class Outside {
   public:
    explicit Outside(Heartbeat& heartbeat) : heartbeat_(heartbeat) {
      heartbeat_.outside_.store(true, std::memory_order_relaxed);
    }
    ~Outside() {
      heartbeat_.outside_.store(false, std::memory_order_relaxed);
      heartbeat_.beat();
    }
    Outside(const Outside&) = delete;
    Outside& operator=(const Outside&) = delete;

   private:
    Heartbeat& heartbeat_;
  };

 private:
  std::atomic<std::uint64_t> beats_ = 0;
  std::atomic<std::uint64_t> update_ = 0;
  std::atomic<std::uint64_t> waits_ = 0;
  std::atomic<const char*> phase_ = "start-up";
  std::atomic<const char*> wait_ = "";
  std::atomic<std::uint64_t> range_begin_ = 0;
  std::atomic<std::uint64_t> range_end_ = 0;
  std::atomic<bool> outside_ = false;
  std::atomic<bool> writes_ = false;
  std::atomic<std::uint64_t> written_beats_ = 0;
};

}  // namespace lockstep

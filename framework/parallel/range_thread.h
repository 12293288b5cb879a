#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace lockstep {

/// A thread that works on ranges of an array while the thread that owns the object is still completing others. One job
/// at a time.
class RangeThread {
 public:
  using Job = std::function<void()>;

  RangeThread();
  /// Ends a job in its next wait_for() or pause(), wherever it is, and waits for that alone.
  ~RangeThread();
  RangeThread(const RangeThread&) = delete;
  RangeThread& operator=(const RangeThread&) = delete;

  /// Begins `job`; nothing is complete yet. The job before has been finished.
  void start(Job job);
  /// Elements [begin, end) are complete.
  void complete(std::size_t begin, std::size_t end);
  /// All is complete; waits for the job, and throws what it threw.
  void finish();

  /// In the job: returns when all of [begin, end) is complete.
  void wait_for(std::size_t begin, std::size_t end);
  /// In the job, between two looks at something that takes time: leaves the processor to the owner's computing; short
  /// once the owner waits.
  void pause();

 private:
  struct Stopped {};

  void run(const std::stop_token& stop);
  [[nodiscard]] bool covers(std::size_t begin, std::size_t end) const;

  std::mutex mutex_;
  std::condition_variable_any changed_;
  Job job_;  ///< empty: none is running
  std::vector<std::pair<std::size_t, std::size_t>> complete_;
  std::atomic<bool> all_complete_ = false;
  std::exception_ptr error_;
  std::jthread thread_;  ///< last, so that it ends before what it uses
};

}  // namespace lockstep

#include "framework/parallel/range_thread.h"

#include <algorithm>
#include <cassert>
#include <chrono>

namespace lockstep {
namespace {

/// Short beside a message, long beside the look at it.
constexpr std::chrono::microseconds kPause(100);

}  // namespace

RangeThread::RangeThread() : thread_([this](const std::stop_token& stop) { run(stop); }) {}

RangeThread::~RangeThread() {
  thread_.request_stop();
  thread_.join();
}

void RangeThread::start(Job job) {
  const std::lock_guard lock(mutex_);
  assert(!job_);
  job_ = std::move(job);
  complete_.clear();
  all_complete_ = false;
  changed_.notify_all();
}

void RangeThread::complete(std::size_t begin, std::size_t end) {
  const std::lock_guard lock(mutex_);
  complete_.emplace_back(begin, end);
  std::sort(complete_.begin(), complete_.end());
  changed_.notify_all();
}

void RangeThread::finish() {
  std::unique_lock lock(mutex_);
  all_complete_ = true;
  changed_.notify_all();
  changed_.wait(lock, [this] { return !job_; });
  if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
}

bool RangeThread::covers(std::size_t begin, std::size_t end) const {
  if (all_complete_) return true;
  for (const auto& [first, last] : complete_) {
    if (first <= begin) begin = std::max(begin, last);
  }
  return begin >= end;
}

void RangeThread::wait_for(std::size_t begin, std::size_t end) {
  std::unique_lock lock(mutex_);
  if (!changed_.wait(lock, thread_.get_stop_token(), [&] { return covers(begin, end); })) throw Stopped{};
}

void RangeThread::pause() {
  if (thread_.get_stop_token().stop_requested()) throw Stopped{};
  if (all_complete_)
    std::this_thread::yield();
  else
    std::this_thread::sleep_for(kPause);
}

void RangeThread::run(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (changed_.wait(lock, stop, [this] { return static_cast<bool>(job_); })) {
    lock.unlock();
    std::exception_ptr error;
    try {
      job_();
    } catch (const Stopped&) {
      return;
    } catch (...) {
      error = std::current_exception();
    }
    lock.lock();
    error_ = error;
    job_ = nullptr;
    changed_.notify_all();
  }
}

}  // namespace lockstep

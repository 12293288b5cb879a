#include "framework/parallel/range_thread.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>
#include <vector>

#include "tests/support/catch.h"

namespace lockstep {
namespace {

void wait_until(const std::atomic<int>& value, int expected) {
  while (value != expected) std::this_thread::yield();
}

constexpr std::chrono::milliseconds kLong(20);  ///< a thread that wrongly doesn't wait is through by then

}  // namespace

TEST_CASE("A range is worked on when all its pieces are complete, in whatever order they became so", "[parallel]") {
  RangeThread thread;
  std::atomic<int> done = 0;
  for (int time = 0; time < 3; ++time) {
    done = 0;
    thread.start([&] {
      thread.wait_for(10, 30);
      done = 1;
      thread.wait_for(0, 10);
      done = 2;
      thread.wait_for(30, 40);
      done = 3;
    });
    thread.complete(20, 35);
    thread.complete(5, 12);
    std::this_thread::sleep_for(kLong);
    CHECK(done == 0);
    thread.complete(12, 20);
    wait_until(done, 1);
    thread.complete(0, 5);
    wait_until(done, 2);
    std::this_thread::sleep_for(kLong);
    CHECK(done == 2);
    thread.finish();
    CHECK(done == 3);
  }
}

TEST_CASE("What a job throws comes out where it is waited for, and the next job is none the worse", "[parallel]") {
  RangeThread thread;
  thread.start([] { throw std::runtime_error("no memory"); });
  CHECK_THROWS_WITH(thread.finish(), "no memory");
  bool ran = false;
  thread.start([&] { ran = true; });
  thread.finish();
  CHECK(ran);
}

TEST_CASE("A thread whose ranges or messages never come ends with its owner", "[parallel]") {
  std::atomic<int> begun = 0;
  int left = 0;
  {
    RangeThread waiting;
    waiting.start([&] {
      ++begun;
      waiting.wait_for(0, 1);
      ++left;
    });
    RangeThread pausing;
    pausing.start([&] {
      ++begun;
      while (true) pausing.pause();
    });
    wait_until(begun, 2);
  }
  CHECK(left == 0);
}

TEST_CASE("What the owner wrote is what the job reads, and what the job made is the owner's", "[parallel]") {
  // As a gradient that is exchanged while the rest of it is computed. Plain memory: ThreadSanitizer sees a wrong order.
  constexpr std::size_t kSize = 4096;
  constexpr std::size_t kPiece = 64;
  std::vector<float> gradient(kSize);
  std::vector<float> sums(kSize);
  RangeThread thread;
  for (int update = 0; update < 20; ++update) {
    thread.start([&] {
      for (std::size_t end = kSize; end > 0; end -= 2 * kPiece) {
        thread.wait_for(end - 2 * kPiece, end);
        for (std::size_t i = end - 2 * kPiece; i < end; ++i) sums[i] += gradient[i];
        thread.pause();
      }
    });
    // Last layers first.
    for (std::size_t end = kSize; end > 0; end -= kPiece) {
      for (std::size_t i = end - kPiece; i < end; ++i) gradient[i] = static_cast<float>(update);
      thread.complete(end - kPiece, end);
    }
    thread.finish();
    const int sum = update * (update + 1) / 2;
    CHECK(std::ranges::count(sums, static_cast<float>(sum)) == kSize);
  }
}

}  // namespace lockstep

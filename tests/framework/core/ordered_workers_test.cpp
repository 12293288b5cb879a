#include "framework/core/ordered_workers.h"

#include <sched.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/catch.h"

namespace lockstep {
namespace {

struct Square {
  int number = -1;
  int result = -1;
};

/// What became of tasks 0 … `count` - 1, whose work is to square their number.
struct Outcome {
  std::vector<int> used;
  int filled = 0;
  int worked = 0;
  std::string error;
};

using Hook = std::function<void(int)>;
const Hook kNothing = [](int) {};

Outcome square(std::size_t threads, int count, const Hook& on_fill, const Hook& on_work, const Hook& on_use) {
  Outcome outcome;
  std::atomic<int> worked = 0;
  try {
    work_in_order<Square>(
        threads,
        [&](Square& task) {
          if (outcome.filled == count) return false;
          on_fill(outcome.filled);
          task.number = outcome.filled++;
          return true;
        },
        [&](Square& task) {
          ++worked;
          on_work(task.number);
          task.result = task.number * task.number;
        },
        [&](Square& task) {
          on_use(task.number);
          outcome.used.push_back(task.result);
        });
  } catch (const std::runtime_error& error) {
    outcome.error = error.what();
  }
  outcome.worked = worked;
  return outcome;
}

std::vector<int> squares(int count) {
  std::vector<int> all;
  for (int i = 0; i < count; ++i) all.push_back(i * i);
  return all;
}

void fail_at(int number, int place, const char* what) {
  if (number == place) throw std::runtime_error(what);
}

void sleep_for_milliseconds(int count) {
  std::this_thread::sleep_for(std::chrono::milliseconds(count));
}

}  // namespace

TEST_CASE("Results are used in the order of the tasks whatever each takes, by any number of threads", "[core]") {
  const std::size_t threads = GENERATE(1U, 2U, 3U, 7U);
  CHECK(square(threads, 0, kNothing, kNothing, kNothing).used.empty());
  // The first of every five takes longest, so that later ones are done before it.
  const auto uneven = [](int number) { sleep_for_milliseconds(number % 5 == 0 ? 3 : 0); };
  CHECK(square(threads, 100, kNothing, uneven, kNothing).used == squares(100));
  CHECK(square(threads, 2000, kNothing, kNothing, kNothing).used == squares(2000));
}

TEST_CASE("No more tasks are under way than there are places, however slowly results are used", "[core]") {
  const std::size_t threads = GENERATE(1U, 2U, 5U);
  int under_way = 0;
  int most = 0;
  const auto count_fill = [&](int) { most = std::max(most, ++under_way); };
  const auto count_use = [&](int number) {
    if (number % 10 == 0) sleep_for_milliseconds(1);
    --under_way;
  };
  CHECK(square(threads, 200, count_fill, kNothing, count_use).used == squares(200));
  CHECK(most == static_cast<int>(tasks_under_way(threads)));
}

TEST_CASE("Threads work at the same time", "[core]") {
  std::mutex mutex;
  std::condition_variable all_came;
  int present = 0;
  // Each waits for the others: one after the other, they would wait in vain.
  const auto meet = [&](int) {
    std::unique_lock lock(mutex);
    ++present;
    all_came.notify_all();
    if (!all_came.wait_for(lock, std::chrono::seconds(20), [&] { return present >= 3; })) {
      throw std::runtime_error("alone");
    }
  };
  CHECK(square(3, 3, kNothing, meet, kNothing).error.empty());
}

TEST_CASE("The error of the first task in order is the caller's, after the results before it were used", "[core]") {
  const std::size_t threads = GENERATE(1U, 2U, 3U, 7U);
  SECTION("of two workers that fail, the later one first") {
    const auto fail_twice = [](int number) {
      if (number == 20) sleep_for_milliseconds(30);
      fail_at(number, 20, "twenty");
      fail_at(number, 21, "twenty-one");
    };
    const Outcome outcome = square(threads, 100, kNothing, fail_twice, kNothing);
    CHECK(outcome.error == "twenty");
    CHECK(outcome.used == squares(20));
  }
  SECTION("of the one who sets up tasks, behind a worker's") {
    const auto slow_failure = [](int number) {
      sleep_for_milliseconds(number == 19 ? 20 : 0);
      fail_at(number, 19, "work");
    };
    const auto bad_fill = [](int number) { fail_at(number, 20, "fill"); };
    CHECK(square(threads, 100, bad_fill, slow_failure, kNothing).error == "work");
    const Outcome outcome = square(threads, 100, bad_fill, kNothing, kNothing);
    CHECK(outcome.error == "fill");
    CHECK(outcome.used == squares(20));
  }
  SECTION("of the one who uses results") {
    const Outcome outcome = square(threads, 100, kNothing, kNothing, [](int number) { fail_at(number, 5, "use"); });
    CHECK(outcome.error == "use");
    CHECK(outcome.used == squares(5));
  }
}

TEST_CASE("After an error tasks that were not begun never are", "[core]") {
  const std::size_t threads = 2;
  const auto slow_but_first = [](int number) {
    fail_at(number, 0, "first");
    sleep_for_milliseconds(50);
  };
  const Outcome outcome = square(threads, 1000, kNothing, slow_but_first, kNothing);
  CHECK(outcome.error == "first");
  CHECK(outcome.filled == static_cast<int>(tasks_under_way(threads)));
  // The one that failed, and what both threads had at hand when it did.
  CHECK(outcome.worked <= 4);
}

TEST_CASE("Places are used again, so that a task finds its buffers as an earlier one left them", "[core]") {
  std::vector<int> found;
  int filled = 0;
  work_in_order<Square>(
      1,
      [&](Square& task) {
        found.push_back(task.number);
        task.number = filled++;
        return filled <= 3;
      },
      [](Square&) {}, [](Square&) {});
  CHECK(found == std::vector<int>{-1, 0, 1, 2});
}

TEST_CASE("Usable processors are those of the affinity mask", "[core]") {
  cpu_set_t before;
  REQUIRE(::sched_getaffinity(0, sizeof before, &before) == 0);
  CHECK(usable_processors() == static_cast<std::size_t>(CPU_COUNT(&before)));
  int first = 0;
  while (!CPU_ISSET(first, &before)) ++first;
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(first, &one);
  REQUIRE(::sched_setaffinity(0, sizeof one, &one) == 0);
  CHECK(usable_processors() == 1);
  REQUIRE(::sched_setaffinity(0, sizeof before, &before) == 0);
}

}  // namespace lockstep

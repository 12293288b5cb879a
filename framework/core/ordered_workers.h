#pragma once

#include <cstddef>
#include <functional>
#include <vector>

namespace lockstep {

/// Processors that this process may run on (its affinity mask), at least 1.
[[nodiscard]] std::size_t usable_processors();

/// Tasks under way at a time for so many threads: some wait, so that a slow one holds nobody up.
[[nodiscard]] constexpr std::size_t tasks_under_way(std::size_t threads) {
  return threads == 1 ? 1 : 4 * threads;
}

/// What work_in_order does, with a task's place of 0 … tasks_under_way(threads) - 1 for the task.
void work_in_order_on_places(std::size_t threads, const std::function<bool(std::size_t)>& fill,
                             const std::function<void(std::size_t)>& work, const std::function<void(std::size_t)>& use);

/// `fill` sets up the next task and returns whether there was one, `work` does it, `use` takes what came of it.
/// `fill` and `use` run on the caller's thread, each task after the one before it; `work` runs on `threads` others (on
/// the caller's alone when `threads` is 1), in any order. So the outcome is the same for any number of threads, and
/// memory is that of tasks_under_way(threads) tasks, which are used again and again: `fill` finds an old one.
///
/// An exception of any of the three ends it and is the caller's: that of the first task in order, after the tasks
/// before it were used; tasks that were not begun never are. Throws RunError when threads can't be had.
template <typename Task>
void work_in_order(std::size_t threads, const std::function<bool(Task&)>& fill, const std::function<void(Task&)>& work,
                   const std::function<void(Task&)>& use) {
  std::vector<Task> tasks(tasks_under_way(threads));
  work_in_order_on_places(
      threads, [&](std::size_t place) { return fill(tasks[place]); }, [&](std::size_t place) { work(tasks[place]); },
      [&](std::size_t place) { use(tasks[place]); });
}

}  // namespace lockstep

#include "framework/training/stop_plan.h"

#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <thread>

#include "tests/support/catch.h"

namespace lockstep {
namespace {

/// How a process ends that sends itself these signals while a StopPlan lives: minus the signal, or its exit code, which
/// is 100 more than what asked for the stop.
int end_after(std::initializer_list<int> signals) {
  const pid_t child = ::fork();
  if (child == 0) {
    const StopSignals stop;
    for (const int signal : signals) ::raise(signal);
    ::_exit(100 + stop.asked());
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace

TEST_CASE("Each of four signals asks for a stop, and the first is remembered", "[training]") {
  for (const int signal : {SIGUSR1, SIGUSR2, SIGTERM, SIGINT}) CHECK(end_after({signal}) == 100 + signal);
  CHECK(end_after({}) == 100);
  CHECK(end_after({SIGTERM, SIGUSR1, SIGTERM}) == 100 + SIGTERM);
}

TEST_CASE("A second SIGINT ends the process, whatever came between", "[training]") {
  CHECK(end_after({SIGINT, SIGINT}) == -SIGINT);
  CHECK(end_after({SIGINT, SIGUSR1, SIGINT}) == -SIGINT);
  CHECK(end_after({SIGTERM, SIGINT}) == 100 + SIGTERM);
  CHECK(end_after({SIGTERM, SIGINT, SIGINT}) == -SIGINT);
}

TEST_CASE("A plan wishes to stop when a signal asks, and throws in work that may be left", "[training]") {
  const StopPlan plan;
  CHECK(plan.wish() == StopPlan::Wish::kNone);
  CHECK(plan.wish_before(1e9) == StopPlan::Wish::kNone);
  CHECK_NOTHROW(plan.stop_here());
  ::raise(SIGUSR2);
  CHECK(plan.wish() == StopPlan::Wish::kSignal);
  CHECK_THROWS_AS(plan.stop_here(), StopError);
}

TEST_CASE("A plan keeps time for what comes next and for a checkpoint", "[training]") {
  StopPlan plan(10);
  CHECK(plan.wish() == StopPlan::Wish::kNone);
  CHECK(plan.wish_before(590) == StopPlan::Wish::kNone);
  CHECK(plan.wish_before(599) == StopPlan::Wish::kTime);
  plan.expect_checkpoint_of(15e9);  // 300 s on a slow disk, and half as long again in reserve
  CHECK(plan.wish_before(100) == StopPlan::Wish::kNone);
  CHECK(plan.wish_before(149) == StopPlan::Wish::kTime);
  plan.checkpoint_took(200);  // what was measured takes the guess's place
  plan.checkpoint_took(10);
  plan.expect_checkpoint_of(15e9);
  CHECK(plan.wish_before(290) == StopPlan::Wish::kNone);
  CHECK(plan.wish_before(299) == StopPlan::Wish::kTime);
  const StopPlan short_plan(1e-5);  // 0.6 ms
  std::this_thread::sleep_for(std::chrono::milliseconds(1));
  CHECK(short_plan.wish() == StopPlan::Wish::kTime);
}

TEST_CASE("A plan remembers the longest update of late, and the longest validation", "[training]") {
  StopPlan plan;
  plan.update_took(8);
  plan.update_took(1);
  CHECK(plan.update_seconds() == Approx(8).epsilon(0.05));
  for (int i = 0; i < 400; ++i) plan.update_took(1);
  CHECK(plan.update_seconds() == 1);
  plan.validation_took(5);
  plan.validation_took(2);
  CHECK(plan.validation_seconds() == 5);
}

}  // namespace lockstep

#include "framework/parallel/placement.h"

#include <sched.h>

#include <numeric>

#include "tests/support/catch.h"

namespace lockstep {
namespace {

std::vector<int> range(int begin, int end) {
  std::vector<int> numbers(static_cast<std::size_t>(end - begin));
  std::iota(numbers.begin(), numbers.end(), begin);
  return numbers;
}

/// A rank on `host` of 4 cores, each one hardware thread.
Placement on(const std::string& host, const std::vector<int>& processors) {
  return {host, processors, processors, 4, 1};
}

/// A rank on a host of 4 cores with two hardware threads each, i and i + 4.
Placement on_hardware_threads(const std::vector<int>& threads) {
  Placement placement{"node1", threads, {}, 4, 1};
  for (const int thread : threads) placement.cores.push_back(thread % 4);
  return placement;
}

using Catch::Matchers::ContainsSubstring;

}  // namespace

TEST_CASE("Ranks that each can have a core of their own need no warning", "[parallel]") {
  CHECK(placement_warnings({on("node1", {0}), on("node1", {1}), on("node1", {2}), on("node1", {3})}).empty());
  CHECK(placement_warnings(std::vector<Placement>(4, on("node1", range(0, 4)))).empty());
  // The first may take 0 alone, so that the others have to move over.
  CHECK(placement_warnings({on("node1", {0, 1, 2}), on("node1", {0, 1}), on("node1", {0})}).empty());
  CHECK(placement_warnings({on("node1", {0}), on("node2", {0})}).empty());
  CHECK(placement_warnings({on_hardware_threads({0, 4}), on_hardware_threads({1, 5})}).empty());
}

TEST_CASE("Ranks bound to the same core are told how to bind them", "[parallel]") {
  const auto lines = placement_warnings({on("node1", {0}), on("node1", {0}), on("node2", {0}), on("node2", {1})});
  REQUIRE(lines.size() == 1);
  CHECK_THAT(lines[0], ContainsSubstring("2 ranks are bound to 1 core on node1, which has 4") &&
                           ContainsSubstring("--bind-to core"));
  // Two hardware threads of one core, while three others are free.
  const auto threads = placement_warnings({on_hardware_threads({0}), on_hardware_threads({4})});
  REQUIRE(threads.size() == 1);
  CHECK_THAT(threads[0], ContainsSubstring("2 ranks are bound to 1 core on node1, which has 4"));
  // Nobody's mask equals another's, yet three ranks have two cores.
  const auto crossed = placement_warnings({on("node1", {0, 1}), on("node1", {0}), on("node1", {1})});
  REQUIRE(crossed.size() == 1);
  CHECK_THAT(crossed[0], ContainsSubstring("3 ranks are bound to 2 cores"));
}

TEST_CASE("More ranks than processors of a host are told how many to start", "[parallel]") {
  std::vector<Placement> ranks(6, on("node2", range(0, 4)));
  ranks.insert(ranks.end(), 5, on("node7", range(0, 4)));
  ranks.push_back(on("node8", range(0, 4)));
  const auto lines = placement_warnings(ranks);
  REQUIRE(lines.size() == 1);
  CHECK_THAT(lines[0],
             ContainsSubstring("6 ranks share 4 cores on node2 and 1 other host") && ContainsSubstring("slots=4"));
  // With a hardware thread each, as mpirun --use-hwthread-cpus binds them, somebody has chosen so.
  std::vector<Placement> threads;
  for (int thread = 0; thread < 8; ++thread) threads.push_back(on_hardware_threads({thread}));
  CHECK(placement_warnings(threads).empty());
}

TEST_CASE("Products with more threads than a rank's share are told the share", "[parallel]") {
  std::vector<Placement> ranks(2, on("node1", range(0, 4)));
  ranks[0].threads = ranks[1].threads = 2;
  CHECK(placement_warnings(ranks).empty());
  ranks[1].threads = 4;
  const auto lines = placement_warnings(ranks);
  REQUIRE(lines.size() == 1);
  CHECK_THAT(lines[0], ContainsSubstring("4 threads a rank on node1") && ContainsSubstring("OMP_NUM_THREADS=2"));
}

TEST_CASE("A process knows the processors that it may run on", "[parallel]") {
  cpu_set_t before;
  REQUIRE(sched_getaffinity(0, sizeof before, &before) == 0);
  const Placement free = own_placement("here", 3);
  CHECK(free.host == "here");
  CHECK(free.threads == 3);
  CHECK(static_cast<int>(free.processors.size()) == CPU_COUNT(&before));
  CHECK(free.cores.size() <= free.processors.size());
  CHECK(free.cores_of_host >= static_cast<int>(free.cores.size()));
  const int last = free.processors.back();
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(static_cast<std::size_t>(last), &one);
  REQUIRE(sched_setaffinity(0, sizeof one, &one) == 0);
  const Placement bound = own_placement("here", 1);
  REQUIRE(sched_setaffinity(0, sizeof before, &before) == 0);
  CHECK(bound.processors == std::vector<int>{last});
  CHECK(bound.cores.size() == 1);
  CHECK(bound.cores_of_host == free.cores_of_host);
}

}  // namespace lockstep

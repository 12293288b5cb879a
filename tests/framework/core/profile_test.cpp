#include "framework/core/profile.h"

#include <chrono>
#include <numeric>
#include <string>
#include <thread>

#include "tests/support/catch.h"

namespace lockstep {
namespace {

using Span = Profile::Span;

/// Whole seconds that a test lets pass.
struct FakeTime {
  double now = 100;
  [[nodiscard]] Profile::Clock clock() {
    return [this] { return now; };
  }
};

double sum_of(const Profile& profile) {
  return std::accumulate(kAllWork.begin(), kAllWork.end(), 0.0,
                         [&](double sum, Work work) { return sum + profile.seconds(work); });
}

}  // namespace

TEST_CASE("A span inside another takes its time from it, so that no second counts twice", "[core]") {
  FakeTime time;
  Profile profile(0, time.clock());
  time.now += 1;  // outside of all spans
  {
    const Span model(&profile, Work::kElementwise, "model");
    time.now += 2;
    for (int i = 0; i < 3; ++i) {
      const Span product(&profile, Work::kGemm, "product");
      time.now += 4;
    }
    {
      const Span product(&profile, Work::kGemm, "product");
      time.now += 8;
      const Span message(&profile, Work::kCommunication, "message");
      time.now += 16;
    }
    time.now += 32;
  }
  time.now += 64;
  { const Span input(&profile, Work::kInput, "input"); }
  CHECK(profile.seconds(Work::kElementwise) == 2 + 32);
  CHECK(profile.seconds(Work::kGemm) == 3 * 4 + 8);
  CHECK(profile.seconds(Work::kCommunication) == 16);
  CHECK(profile.seconds(Work::kInput) == 0);
  CHECK(sum_of(profile) == 2 + 3 * 4 + 8 + 16 + 32);
}

TEST_CASE("Spans with sizes are counted by name and sizes, until a restart", "[core]") {
  FakeTime time;
  Profile profile(0, time.clock());
  const auto spend = [&](double seconds, const char* name, Profile::Sizes sizes) {
    const Span span(&profile, Work::kGemm, name, sizes);
    time.now += seconds;
  };
  spend(1, "x W", {64, 512, 1536});
  spend(2, "x W", {64, 512, 1536});
  spend(4, "x W", {63, 512, 1536});
  spend(8, "x^T y", {64, 512, 1536});
  spend(16, "no product", {});
  REQUIRE(profile.tallies().size() == 3);
  const Profile::Tally& twice = profile.tallies().at({{64, 512, 1536}, "x W"});
  CHECK(twice.count == 2);
  CHECK(twice.seconds == 3);
  CHECK(profile.tallies().at({{63, 512, 1536}, "x W"}).seconds == 4);
  CHECK(profile.tallies().at({{64, 512, 1536}, std::string("x^T y")}).count == 1);
  profile.restart();
  CHECK(profile.tallies().empty());
  CHECK(sum_of(profile) == 0);
}

TEST_CASE("Events are kept when asked for, up to the capacity and without moving", "[core]") {
  FakeTime time;
  Profile profile(0, time.clock());
  { const Span unasked(&profile, Work::kInput, "unasked"); }
  CHECK(profile.events().empty());
  CHECK(profile.lost_events() == 0);

  profile.keep_events(3);
  time.now += 5;
  profile.restart();
  const Profile::Event* const place = profile.events().data();
  {
    time.now += 1;
    const Span outer(&profile, Work::kElementwise, "outer");
    time.now += 2;
    const Span inner(&profile, Work::kGemm, "inner", {1, 2, 3});
    time.now += 4;
  }
  for (int i = 0; i < 5; ++i) const Span more(&profile, Work::kInput, "more");
  REQUIRE(profile.events().size() == 3);
  CHECK(profile.events().data() == place);
  CHECK(profile.lost_events() == 4);
  const Profile::Event& inner = profile.events()[0];
  CHECK(std::string(inner.name) == "inner");
  CHECK(inner.work == Work::kGemm);
  CHECK(inner.sizes == Profile::Sizes{1, 2, 3});
  CHECK(inner.begin == 3);
  CHECK(inner.duration == 4);
  CHECK(profile.events()[1].begin == 1);
  CHECK(profile.events()[1].duration == 6);
}

TEST_CASE("Where there is no profile nothing is measured, and a profile without a clock has a real one", "[core]") {
  { const Span span(nullptr, Work::kGemm, "nowhere"); }
  Profile profile;
  {
    const Span span(&profile, Work::kOptimizer, "sleep");
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  CHECK(profile.seconds(Work::kOptimizer) >= 0.002);
  CHECK(profile.seconds(Work::kOptimizer) < 10);
  for (const Work work : kAllWork) CHECK_FALSE(name_of(work).empty());
}

}  // namespace lockstep

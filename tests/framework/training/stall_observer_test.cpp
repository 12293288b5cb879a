#include "framework/training/stall_observer.h"

#include <chrono>
#include <filesystem>

#include "framework/training/rank_status.h"
#include "tests/support/catch.h"
#include "tests/temporary_folder.h"

namespace lockstep {
namespace {

using Statuses = std::vector<std::optional<RankStatus>>;

RankStatus status(int rank, std::uint64_t sign_of_life, double still, const std::string& wait) {
  RankStatus result;
  result.rank = rank;
  result.host = "host";
  result.sign_of_life = sign_of_life;
  result.still = still;
  result.update = 7;
  result.waits = 30;
  result.wait = wait;
  return result;
}

/// Looks at what `statuses_at` says once a second, and returns when whose verdict came.
template <typename StatusesAt>
std::optional<std::pair<int, StallVerdict>> watch(int ranks, double limit, int seconds, StatusesAt&& statuses_at) {
  StallObserver observer(ranks);
  for (int second = 0; second < seconds; ++second) {
    observer.look(statuses_at(second), 1);
    if (const auto verdict = observer.verdict(limit)) return std::pair{second, *verdict};
  }
  return std::nullopt;
}

std::uint64_t at(int second) {
  return static_cast<std::uint64_t>(second);
}

}  // namespace

TEST_CASE("A rank whose process doesn't run is at fault once it has said nothing for the limit", "[training]") {
  const auto found = watch(3, 10, 60, [](int second) {
    return Statuses{status(0, at(second), second, "barrier"), status(1, 5, 0, ""),
                    status(2, at(second), second, "sum")};
  });
  REQUIRE(found);
  CHECK(found->first == 10);
  CHECK(found->second.rank.rank == 1);
  CHECK(found->second.reason.find("doesn't run") != std::string::npos);
}

TEST_CASE("A process that was stopped while it waited doesn't run, though the others stand still as long",
          "[training]") {
  const auto found = watch(3, 10, 60, [](int second) {
    return Statuses{status(0, at(second), second + 1, "barrier"), status(1, 5, 20, "sum"),
                    status(2, at(second), second + 1, "barrier")};
  });
  REQUIRE(found);
  CHECK(found->first == 9);
  CHECK(found->second.rank.rank == 1);
  CHECK(found->second.reason.find("doesn't run") != std::string::npos);
}

TEST_CASE("A rank that never said anything is at fault too", "[training]") {
  const auto found = watch(2, 10, 60, [](int second) {
    return Statuses{status(0, at(second), second, "barrier"), std::nullopt};
  });
  REQUIRE(found);
  CHECK(found->first == 10);
  CHECK(found->second.rank.rank == 1);
}

TEST_CASE("Nobody is at fault while a rank gets on, however long others wait for it", "[training]") {
  CHECK(!watch(3, 10, 600, [](int second) {
    return Statuses{status(0, at(second), second, "barrier"), status(1, at(second), second % 9, ""),
                    status(2, at(second), second, "barrier")};
  }));
}

TEST_CASE("Where all stand still, the one that doesn't wait is at fault", "[training]") {
  const auto found = watch(3, 10, 60, [](int second) {
    return Statuses{status(0, at(second), second, "barrier"), status(1, at(second), second + 3, "barrier"),
                    status(2, at(second), second, "")};
  });
  REQUIRE(found);
  CHECK(found->first == 10);
  CHECK(found->second.rank.rank == 2);
  CHECK(found->second.seconds == Approx(10));
}

TEST_CASE("Where all wait, the one behind is at fault", "[training]") {
  const auto wait_all = [](std::uint64_t waits_of_last) {
    return [waits_of_last](int second) {
      Statuses all{status(0, at(second), second, "barrier"), status(1, at(second), second, "sum"),
                   status(2, at(second), second, Heartbeat::kEnd)};
      all[2]->waits = waits_of_last;
      return all;
    };
  };
  const auto behind = watch(3, 10, 60, wait_all(29));
  REQUIRE(behind);
  CHECK(behind->second.rank.rank == 2);
  CHECK(behind->second.reason.find("behind") != std::string::npos);
}

TEST_CASE("Where all wait as often, the one that waits elsewhere is at fault", "[training]") {
  const auto verdict_of = [](const std::vector<std::string>& waits) {
    const auto found = watch(static_cast<int>(waits.size()), 10, 60, [&](int second) {
      Statuses all;
      for (const std::string& wait : waits)
        all.push_back(status(static_cast<int>(all.size()), at(second), second, wait));
      return all;
    });
    REQUIRE(found);
    return found->second;
  };
  for (const auto& [waits, rank] : {std::pair<std::vector<std::string>, int>{{"barrier", "sum", "barrier"}, 1},
                                    {{"barrier", "barrier", Heartbeat::kEnd}, 2},
                                    {{Heartbeat::kEnd, "barrier"}, 0},
                                    {{"barrier", Heartbeat::kEnd}, 1}}) {
    const StallVerdict verdict = verdict_of(waits);
    CHECK(verdict.rank.rank == rank);
    CHECK(verdict.reason == "it waits where the others don't");
  }
  CHECK(verdict_of({"barrier", "barrier"}).reason.find("a message was lost") != std::string::npos);
}

TEST_CASE("An observer that forgets begins anew", "[training]") {
  StallObserver observer(2);
  const Statuses stopped{status(0, 1, 0, "barrier"), status(1, 1, 0, "")};
  observer.look(stopped, 1);
  observer.look(stopped, 20);
  CHECK(observer.verdict(10));
  observer.forget();
  CHECK(!observer.verdict(10));
  observer.look(stopped, 20);
  CHECK(!observer.verdict(10));
}

TEST_CASE("A status is read back as it was written, and not when it is cut short or another start's", "[training]") {
  RankStatus written = status(3, 12, 1.5, "sum of gradients");
  written.phase = "gradients of shards";
  written.range_begin = 64;
  written.range_end = 128;
  const std::string text = to_text(written, "start");
  const auto read = parse_status(text, "start");
  REQUIRE(read);
  CHECK(to_text(*read, "start") == text);
  CHECK(describe(*read) ==
        "update 7, phase gradients of shards, waits in sum of gradients, last range of the gradient summed [64, 128)");
  CHECK(!parse_status(text, "another"));
  // A longer one was there before.
  const auto over_another = parse_status(text + "er\nend\n", "start");
  CHECK((over_another && to_text(*over_another, "start") == text));
  for (std::size_t size = 0; size + 1 < text.size(); ++size) CHECK(!parse_status(text.substr(0, size), "start"));
}

TEST_CASE("What starts have told stays while they run, and goes when they have told nothing for a day", "[training]") {
  namespace fs = std::filesystem;
  const TemporaryFolder folder;
  const StatusBoard runs(folder.path(), "runs");
  runs.create();
  CHECK(runs.publish(status(0, 1, 0, "sum")));
  const StatusBoard killed(folder.path(), "killed");
  killed.create();
  CHECK(killed.publish(status(0, 1, 0, "sum")));
  const fs::path left = folder / "killed";
  for (const fs::path& path : {left / "rank-0", left})
    fs::last_write_time(path, fs::last_write_time(path) - std::chrono::hours(25));
  // Its folder is as old as its start.
  fs::last_write_time(folder / "runs", fs::last_write_time(left));
  const StatusBoard next(folder.path(), "next");
  next.create();
  CHECK(!fs::exists(left));
  CHECK(runs.read(1).front());
  CHECK(next.publish(status(0, 1, 0, "sum")));
  CHECK(!killed.publish(status(0, 2, 0, "sum")));
}

}  // namespace lockstep

#include "framework/training/chrome_trace.h"

#include <map>
#include <nlohmann/json.hpp>

#include "tests/support/catch.h"

namespace lockstep {

TEST_CASE("A trace holds each rank as a process, with its events in microseconds", "[training]") {
  double now = 0;
  Profile computing(0, [&] { return now; });
  Profile communicating(1, [&] { return now; });
  for (Profile* const profile : {&computing, &communicating}) profile->keep_events(10);
  now = 2;
  for (Profile* const profile : {&computing, &communicating}) profile->restart();
  {
    now = 2.5;
    const Profile::Span span(&computing, Work::kGemm, "x W", {64, 512, 1536});
    now = 2.75;
  }
  {
    const Profile::Span span(&communicating, Work::kCommunication, "reduce");
    now = 3;
  }
  const auto trace = nlohmann::json::parse(
      chrome_trace({trace_events(computing, 0, "node \"1\""), trace_events(communicating, 1, "node2")}));
  std::map<int, std::string> processes;
  std::vector<nlohmann::json> events;
  for (const auto& event : trace.at("traceEvents")) {
    if (event.at("ph") == "X") events.push_back(event);
    if (event.at("name") == "process_name") processes[event.at("pid")] = event.at("args").at("name");
  }
  CHECK(processes == std::map<int, std::string>{{0, "rank 0 on node \"1\""}, {1, "rank 1 on node2"}});
  REQUIRE(events.size() == 2);
  CHECK(events[0] == nlohmann::json{{"name", "x W"},
                                    {"cat", "gemm"},
                                    {"ph", "X"},
                                    {"ts", 500000.0},
                                    {"dur", 250000.0},
                                    {"pid", 0},
                                    {"tid", 0},
                                    {"args", {{"m", 64}, {"k", 512}, {"n", 1536}}}});
  CHECK(events[1].at("tid") == 1);
  CHECK(events[1].at("pid") == 1);
  CHECK(events[1].at("cat") == "communication");
  CHECK(events[1].at("dur") == 250000.0);
  CHECK_FALSE(events[1].contains("args"));
}

}  // namespace lockstep

#include "framework/training/chrome_trace.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>

namespace lockstep {
namespace {

using Json = nlohmann::ordered_json;

std::string text_of(const Json& object) {
  return object.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json name_event(const char* what, int rank, int thread, const std::string& name) {
  return {{"name", what}, {"ph", "M"}, {"pid", rank}, {"tid", thread}, {"args", {{"name", name}}}};
}

}  // namespace

std::string trace_events(const Profile& profile, int rank, const std::string& host) {
  constexpr double kMicroseconds = 1e6;
  const int thread = profile.thread();
  std::vector<std::string> events = {
      text_of(name_event("process_name", rank, thread, fmt::format("rank {} on {}", rank, host))),
      text_of(name_event("thread_name", rank, thread, thread == 0 ? "computing" : "communicating"))};
  for (const Profile::Event& event : profile.events()) {
    Json object = {{"name", event.name},
                   {"cat", name_of(event.work)},
                   {"ph", "X"},
                   {"ts", kMicroseconds * event.begin},
                   {"dur", kMicroseconds * event.duration},
                   {"pid", rank},
                   {"tid", thread}};
    if (event.sizes != Profile::Sizes{}) {
      object["args"] = {{"m", event.sizes[0]}, {"k", event.sizes[1]}, {"n", event.sizes[2]}};
    }
    events.push_back(text_of(object));
  }
  return fmt::format("{}", fmt::join(events, ",\n"));
}

std::string chrome_trace(const std::vector<std::string>& ranks) {
  return fmt::format("{{\"displayTimeUnit\": \"ms\", \"traceEvents\": [\n{}\n]}}\n", fmt::join(ranks, ",\n"));
}

}  // namespace lockstep

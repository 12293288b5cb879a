#include "launch/watch_ranks.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <system_error>

#include "framework/core/heartbeat.h"
#include "framework/core/log.h"
#include "framework/corpus/text_reader.h"
#include "launch/print_error.h"

namespace lockstep {
namespace {

Watchdog& keep_watchdog(const Communicator& ranks, const WatchdogActions& actions, double seconds) {
  const auto watchdog = std::make_shared<Watchdog>(ranks, actions, seconds);
  ranks.keep_to_the_end(watchdog);
  return *watchdog;
}

WatchdogActions actions() {
  return {print_error, [] { Communicator::end_all_ranks(ExitCode::kRun); }};
}

bool is_outside(const std::string& text) {
  std::error_code ignored;
  return text == kStandardInput ||
         (std::filesystem::exists(text, ignored) && !std::filesystem::is_regular_file(text, ignored));
}

}  // namespace

Watchdog& start_watchdog(const Communicator& ranks) {
  return keep_watchdog(ranks, actions(), Watchdog::kDefaultSeconds);
}

void add_watchdog_option(CLI::App& command, double& seconds) {
  command
      .add_option("--watchdog", seconds,
                  "end all ranks, naming one, when it has made no progress for so many seconds (0: never)")
      ->type_name("SECONDS")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
}

void watch_ranks(const Communicator& ranks, const std::filesystem::path& checkpoint, double seconds) {
  if (ranks.size() == 1 || seconds == 0) return;
  const std::filesystem::path folder = checkpoint.has_parent_path() ? checkpoint.parent_path() : ".";
  WatchdogActions own = actions();
  own.advice = "start again";
  own.setting = "--watchdog";
  Watchdog& watchdog = keep_watchdog(ranks, own, seconds);
  // Not a run's own, from which the start of a training takes away what it finds.
  if (watchdog.share(ranks, folder / ".watchdog")) return;
  // A rank that waits couldn't tell others that hang from others that compute.
  watchdog.limit(0);
  log_warning("{}: can't be written, so that nobody sees a rank that hangs; --watchdog 0 leaves it at that",
              folder.string());
}

void with_texts(const Communicator& ranks, std::initializer_list<std::string> texts,
                const std::function<void()>& work) {
  std::optional<Heartbeat::Outside> outside;
  if (std::any_of(texts.begin(), texts.end(), is_outside)) outside.emplace(ranks.heartbeat());
  work();
}

}  // namespace lockstep

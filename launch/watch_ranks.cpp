#include "launch/watch_ranks.h"

#include <fmt/format.h>

#include <memory>
#include <system_error>

#include "framework/core/log.h"
#include "framework/corpus/text_reader.h"
#include "launch/print_error.h"

namespace lockstep {

Watchdog& start_watchdog(const Communicator& ranks, double seconds, const std::string& advice,
                         const std::string& setting) {
  const WatchdogActions actions{print_error, [] { Communicator::end_all_ranks(ExitCode::kRun); }, advice, setting};
  const auto watchdog = std::make_shared<Watchdog>(ranks, actions, seconds);
  ranks.keep_to_the_end(watchdog);
  return *watchdog;
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
  Watchdog& watchdog = start_watchdog(ranks, seconds, "start again", "--watchdog");
  // Not a run's own, from which the start of a training takes away what it finds.
  if (watchdog.share(ranks, folder / ".watchdog")) return;
  // A rank that waits couldn't tell others that hang from others that compute.
  watchdog.limit(0);
  log_warning("{}: can't be written, so that nobody sees a rank that hangs; --watchdog 0 leaves it at that",
              folder.string());
}

bool is_outside(const std::string& text) {
  std::error_code ignored;
  return text == kStandardInput ||
         (std::filesystem::exists(text, ignored) && !std::filesystem::is_regular_file(text, ignored));
}

}  // namespace lockstep

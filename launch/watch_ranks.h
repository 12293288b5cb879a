#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <optional>
#include <string>

#include "framework/core/heartbeat.h"
#include "framework/parallel/communicator.h"
#include "framework/training/watchdog.h"

namespace lockstep {

/// Watches this rank until MPI has ended. `advice` and `setting` as in WatchdogActions.
Watchdog& start_watchdog(const Communicator& ranks, double seconds, const std::string& advice,
                         const std::string& setting);

/// Adds --watchdog for a command that computes on several ranks and has no run folder.
void add_watchdog_option(CLI::App& command, double& seconds);

/// Watches the ranks of such a command until MPI has ended; one alone needs nobody. They tell each other how they are
/// beside `checkpoint`, which all hosts read. Where that can't be written, a warning says that nobody watches.
/// Collective.
void watch_ranks(const Communicator& ranks, const std::filesystem::path& checkpoint, double seconds);

/// Whether text comes from or goes to a person or a program, who may take their time: standard input or output, a pipe.
[[nodiscard]] bool is_outside(const std::string& text);

/// Work with text, of which some may be `outside`; nobody is at fault while it waits there.
template <typename Work>
void with_text(const Communicator& ranks, bool outside, Work&& work) {
  std::optional<Heartbeat::Outside> wait;
  if (outside) wait.emplace(ranks.heartbeat());
  work();
}

}  // namespace lockstep

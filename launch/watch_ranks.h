#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <functional>
#include <initializer_list>
#include <string>

#include "framework/parallel/communicator.h"
#include "framework/training/watchdog.h"

namespace lockstep {

/// Watches this rank of a training until MPI has ended.
Watchdog& start_watchdog(const Communicator& ranks);

/// Adds --watchdog for a command that computes on several ranks and has no run folder.
void add_watchdog_option(CLI::App& command, double& seconds);

/// Watches the ranks of such a command until MPI has ended; one alone needs nobody. They tell each other how they are
/// beside `checkpoint`, which all hosts read. Where that can't be written, a warning says that nobody watches.
/// Collective.
void watch_ranks(const Communicator& ranks, const std::filesystem::path& checkpoint, double seconds);

/// Work with texts by name. While one comes from or goes to a person or a program, by standard input or output or a
/// pipe, nobody is at fault: they may take their time.
void with_texts(const Communicator& ranks, std::initializer_list<std::string> texts, const std::function<void()>& work);

}  // namespace lockstep

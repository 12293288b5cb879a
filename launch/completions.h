#pragma once

#include <string>
#include <vector>

#include "launch/command_help.h"

namespace lockstep {

/// What a word on a command line may be completed to.
enum class Completion { kNothing, kChoices, kFiles, kFolders };
[[nodiscard]] Completion completion_of(const OptionHelp& option);

/// What arguments of a command may be completed to, wherever they stand.
[[nodiscard]] Completion completion_of_arguments(const CommandHelp& command);

/// Names of options like "--set", of all of them.
[[nodiscard]] std::vector<std::string> option_names(const CommandHelp& command);

/// `text` between single quotes, for a shell: a quote in it becomes `quote`.
[[nodiscard]] std::string quoted(const std::string& text, const std::string& quote);

/// Scripts that teach a shell a program's subcommands, options and values: for files that it loads by the program's
/// name.
[[nodiscard]] std::string bash_completion(const CommandHelp& program);
[[nodiscard]] std::string zsh_completion(const CommandHelp& program);
[[nodiscard]] std::string fish_completion(const CommandHelp& program);

}  // namespace lockstep

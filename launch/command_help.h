#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lockstep {

/// An option or argument of a command, as manual pages and completions tell it.
struct OptionHelp {
  std::vector<std::string> names;    ///< "-i", "--input"; of an argument its one name
  std::string value;                 ///< what stands for its value: "FILE", "N"; empty for a flag
  std::vector<std::string> choices;  ///< all values that it takes; empty where they can't be listed
  std::string range;                 ///< "[1 - 1000]", "POSITIVE": what its value is checked for
  std::string fallback;              ///< its value when it isn't given; empty where that isn't known
  std::string description;
  std::string group;
  bool required = false;
  bool several = false;  ///< takes any number of values
};

/// A command with all that its help says.
struct CommandHelp {
  std::string name;  ///< "lockstep train"
  std::string description;
  std::string synopsis;  ///< what follows the name; empty: made of the arguments
  std::vector<OptionHelp> arguments;
  std::vector<OptionHelp> options;
  std::vector<CommandHelp> subcommands;
  std::vector<std::string> examples;  ///< lines
  std::vector<std::pair<std::string, std::string>> exit_codes;
  std::string notes;
};

/// Takes examples ("Example: …", with the lines below that begin with a blank), exit codes ("Exit codes: 0 done, …")
/// and notes out of what stands below the options.
void read_footer(std::string_view footer, CommandHelp& help);

/// All that CLI11 knows of a program and its subcommands, but what is hidden.
[[nodiscard]] CommandHelp command_help(const CLI::App& program);

}  // namespace lockstep

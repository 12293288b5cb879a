#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "launch/completions.h"

namespace lockstep {
namespace {

std::string in_quotes(const std::string& text) {
  std::string line = text;
  std::replace(line.begin(), line.end(), '\n', ' ');
  std::string escaped;
  for (const char c : line) escaped += c == '\\' ? "\\\\" : std::string(1, c);
  return quoted(escaped, "\\'");
}

/// How an option's value is completed: -x takes a value that is no file.
std::string value_of(const OptionHelp& option) {
  if (option.value.empty()) return "";
  switch (completion_of(option)) {
    case Completion::kChoices:
      return " -x -a " + in_quotes(fmt::format("{}", fmt::join(option.choices, " ")));
    case Completion::kFiles:
      return " -r -F";
    case Completion::kFolders:
      return " -x -a '(__fish_complete_directories)'";
    case Completion::kNothing:
      break;
  }
  return " -x";
}

std::string option_lines(const CommandHelp& command, const std::string& begin) {
  std::string text;
  for (const OptionHelp& option : command.options) {
    text += begin;
    for (const std::string& name : option.names) {
      text += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
    }
    text += value_of(option) + " -d " + in_quotes(option.description) + "\n";
  }
  return text;
}

}  // namespace

std::string fish_completion(const CommandHelp& program) {
  std::string text = fmt::format("# Completions of {} for fish, written from its own help.\n", program.name);
  const std::string complete = "complete -c " + program.name;
  if (program.subcommands.empty()) return text + option_lines(program, complete);
  const std::string first = complete + " -n __fish_use_subcommand";
  text += option_lines(program, first);
  for (const CommandHelp& command : program.subcommands) {
    const std::string name = command.name.substr(program.name.size() + 1);
    text += fmt::format("{} -f -a {} -d {}\n", first, name, in_quotes(command.description));
    const std::string own = fmt::format("{} -n '__fish_seen_subcommand_from {}'", complete, name);
    if (completion_of_arguments(command) == Completion::kNothing) text += own + " -f\n";
    text += option_lines(command, own);
  }
  return text;
}

}  // namespace lockstep

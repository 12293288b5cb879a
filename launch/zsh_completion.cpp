#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string_view>

#include "launch/completions.h"

namespace lockstep {
namespace {

/// Text within a specification of _arguments, where brackets and colons have a meaning.
std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') result += '\\';
    result += c == '\n' ? ' ' : c;
  }
  return result;
}

std::string in_quotes(const std::string& text) {
  return quoted(text, "'\\''");
}

/// ":FILE:_files": what follows an option that takes a value.
std::string value_of(const OptionHelp& option) {
  const std::string message = ":" + escaped(option.value) + ":";
  switch (completion_of(option)) {
    case Completion::kChoices:
      return message + fmt::format("({})", fmt::join(option.choices, " "));
    case Completion::kFiles:
      return message + "_files";
    case Completion::kFolders:
      return message + "_files -/";
    case Completion::kNothing:
      break;
  }
  return message;
}

/// One specification for each name; none is offered beside the other, and --set may come again.
std::string option_lines(const CommandHelp& command) {
  std::string text;
  for (const OptionHelp& option : command.options) {
    for (const std::string& name : option.names) {
      const bool takes_value = !option.value.empty();
      std::string specification = option.several ? "*" : fmt::format("({})", fmt::join(option.names, " "));
      specification += name;
      if (takes_value && name.starts_with("--")) specification += "=";
      specification += "[" + escaped(option.description) + "]";
      if (takes_value) specification += value_of(option);
      text += " \\\n        " + in_quotes(specification);
    }
  }
  if (completion_of_arguments(command) == Completion::kFiles) text += " \\\n        '*:FILE:_files'";
  return text;
}

}  // namespace

std::string zsh_completion(const CommandHelp& program) {
  std::string function = "_" + program.name;
  std::string text = fmt::format("#compdef {}\n# Completions of {} for zsh, written from its own help.\n{}() {{\n",
                                 program.name, program.name, function);
  if (program.subcommands.empty()) {
    // What stands behind its own options, as of lockstep-run, is a command line with files.
    return text + "  _arguments" + option_lines(program) + " \\\n        '*:FILE:_files'\n}\n" + function + " \"$@\"\n";
  }
  text += "  local curcontext=$curcontext state line\n  local -a commands\n  commands=(\n";
  for (const CommandHelp& command : program.subcommands) {
    text += "    " +
            in_quotes(escaped(command.name.substr(program.name.size() + 1)) + ":" + escaped(command.description)) +
            "\n";
  }
  text +=
      "  )\n  _arguments -C" + option_lines(program) + " \\\n        '1:command:->command' '*::argument:->argument'\n";
  text += "  case $state in\n  command) _describe command commands ;;\n  argument)\n    case $line[1] in\n";
  for (const CommandHelp& command : program.subcommands) {
    text += fmt::format("    {})\n      _arguments{}\n      ;;\n", command.name.substr(program.name.size() + 1),
                        option_lines(command));
  }
  return text + "    esac\n    ;;\n  esac\n}\n" + function + " \"$@\"\n";
}

}  // namespace lockstep

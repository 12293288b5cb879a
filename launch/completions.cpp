#include "launch/completions.h"

#include <algorithm>

namespace lockstep {

Completion completion_of(const OptionHelp& option) {
  if (!option.choices.empty()) return Completion::kChoices;
  if (option.value == "FILE") return Completion::kFiles;
  if (option.value == "FOLDER") return Completion::kFolders;
  return Completion::kNothing;
}

Completion completion_of_arguments(const CommandHelp& command) {
  const bool files = std::any_of(command.arguments.begin(), command.arguments.end(), [](const OptionHelp& argument) {
    return completion_of(argument) == Completion::kFiles;
  });
  return files ? Completion::kFiles : Completion::kNothing;
}

std::vector<std::string> option_names(const CommandHelp& command) {
  std::vector<std::string> names;
  for (const OptionHelp& option : command.options) {
    names.insert(names.end(), option.names.begin(), option.names.end());
  }
  return names;
}

std::string quoted(const std::string& text, const std::string& quote) {
  std::string result = "'";
  for (const char c : text) result += c == '\'' ? quote : std::string(1, c);
  return result + "'";
}

}  // namespace lockstep

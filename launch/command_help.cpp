#include "launch/command_help.h"

#include <algorithm>
#include <cctype>
#include <regex>
#include <sstream>

namespace lockstep {
namespace {

/// "auto", "always" of "{auto,always}".
std::vector<std::string> split_choices(std::string_view set) {
  std::vector<std::string> choices;
  std::istringstream stream{std::string(set.substr(1, set.size() - 2))};
  for (std::string choice; std::getline(stream, choice, ',');) choices.push_back(choice);
  return choices;
}

/// CLI11 has all in one text: "TEXT:{auto,always}", "UINT:INT in [1 - 1000]", "A:NONNEGATIVE", "FILE".
void read_type(const std::string& type, OptionHelp& help) {
  const std::size_t colon = type.find(':');
  help.value = type.substr(0, colon);
  if (help.value == "INT" || help.value == "UINT" || help.value == "FLOAT") help.value = "N";
  if (colon == std::string::npos) return;
  const std::string check = type.substr(colon + 1);
  if (check.starts_with('{') && check.ends_with('}')) {
    help.choices = split_choices(check);
  } else {
    const std::size_t in = check.find(" in ");
    help.range = in == std::string::npos ? check : check.substr(in + 4);
  }
}

OptionHelp option_help(const CLI::Option& option) {
  OptionHelp help;
  if (option.get_positional()) help.names = {option.get_name(true, false)};
  if (!option.get_positional()) {
    for (const std::string& name : option.get_snames()) help.names.push_back("-" + name);
    for (const std::string& name : option.get_lnames()) help.names.push_back("--" + name);
  }
  if (option.get_items_expected_max() > 0) {
    read_type(option.get_type_name(), help);
    help.fallback = option.get_default_str();
  }
  help.description = option.get_description();
  help.group = option.get_group();
  help.required = option.get_required();
  help.several = option.get_expected_max() > 1;
  return help;
}

CommandHelp help_of(const CLI::App& app, const std::string& parent) {
  CommandHelp help;
  help.name = parent.empty() ? app.get_name() : parent + " " + app.get_name();
  help.description = app.get_description();
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_group().empty()) continue;
    (option->get_positional() ? help.arguments : help.options).push_back(option_help(*option));
  }
  read_footer(app.get_footer(), help);
  for (const CLI::App* subcommand : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (subcommand->get_group().empty()) continue;
    help.subcommands.push_back(help_of(*subcommand, help.name));
    if (help.subcommands.back().exit_codes.empty()) help.subcommands.back().exit_codes = help.exit_codes;
  }
  return help;
}

void read_exit_codes(const std::string& text, CommandHelp& help) {
  static const std::regex kCode(R"((\d+) (.+?)(?=, \d+ |\.?$))");
  for (auto match = std::sregex_iterator(text.begin(), text.end(), kCode); match != std::sregex_iterator(); ++match) {
    help.exit_codes.emplace_back((*match)[1], (*match)[2]);
  }
}

}  // namespace

void read_footer(std::string_view footer, CommandHelp& help) {
  enum class Part { kNotes, kExamples, kExitCodes } part = Part::kNotes;
  std::istringstream lines{std::string(footer)};
  std::string exit_codes;
  for (std::string line; std::getline(lines, line);) {
    const bool indented = line.starts_with(' ');
    const std::size_t example = line.starts_with("Example: ") ? 9 : line.starts_with("Examples: ") ? 10 : 0;
    if (example > 0) {
      part = Part::kExamples;
    } else if (line.starts_with("Exit codes: ")) {
      part = Part::kExitCodes;
    } else if (line.empty() || (part == Part::kExamples && !indented)) {
      part = Part::kNotes;
    }
    if (part == Part::kExamples) {
      // Below one another as in the help: "Example: " and the blanks under it go.
      const std::size_t text = example > 0 ? example : std::min(line.find_first_not_of(' '), line.size());
      const bool continues = !help.examples.empty() && help.examples.back().ends_with('\\');
      help.examples.push_back((continues ? "    " : "") + line.substr(text));
    } else if (part == Part::kExitCodes) {
      exit_codes += (exit_codes.empty() ? "" : " ") + line;
    } else if (!line.empty()) {
      help.notes += (help.notes.empty() ? "" : " ") + line;
    }
  }
  read_exit_codes(exit_codes, help);
}

CommandHelp command_help(const CLI::App& program) {
  return help_of(program, "");
}

}  // namespace lockstep

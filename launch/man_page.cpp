#include "launch/man_page.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string_view>

#include "framework/core/unicode.h"

namespace lockstep {
namespace {

/// Text for roff: what has a meaning there, or would come out as another character, is escaped.
std::string escaped(std::string_view text) {
  std::string roff;
  for (const char32_t c : decode_utf8(text)) {
    switch (c) {
      case U'\\':
        roff += "\\e";
        break;
      case U'-':
        roff += "\\-";
        break;
      case U'\'':
        roff += "\\(aq";
        break;
      case U'`':
        roff += "\\(ga";
        break;
      case U'^':
        roff += "\\(ha";
        break;
      case U'~':
        roff += "\\(ti";
        break;
      default:
        roff += c < 0x80 ? std::string(1, static_cast<char>(c)) : fmt::format("\\[u{:04X}]", static_cast<unsigned>(c));
    }
  }
  // A dot at the beginning of a line would be a request.
  return roff.starts_with('.') ? "\\&" + roff : roff;
}

std::string bold(std::string_view text) {
  return "\\fB" + escaped(text) + "\\fR";
}
std::string italic(std::string_view text) {
  return "\\fI" + escaped(text) + "\\fR";
}

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

std::string synopsis(const CommandHelp& command) {
  std::string line = bold(command.name);
  if (!command.synopsis.empty()) return line + " " + escaped(command.synopsis);
  if (!command.options.empty()) line += " [" + italic("OPTIONS") + "]";
  for (const OptionHelp& argument : command.arguments) {
    std::string name = italic(argument.names.front());
    if (argument.several) name += " ...";
    line += argument.required ? " " + name : " [" + name + "]";
  }
  if (!command.subcommands.empty()) line += " " + italic("COMMAND");
  return line;
}

/// "from 1 to 1000" of "[1 - 1000]".
std::string range_in_words(const std::string& range) {
  const std::size_t dash = range.find(" - ");
  if (range.starts_with('[') && range.ends_with(']') && dash != std::string::npos) {
    const std::string least = range.substr(1, dash - 1);
    const std::string most = range.substr(dash + 3, range.size() - dash - 4);
    // So many that nobody comes near.
    if (std::stod(most) >= 1e7) return least + " or greater";
    return fmt::format("from {} to {}", least, most);
  }
  if (range == "POSITIVE") return "greater than 0";
  if (range == "NONNEGATIVE") return "0 or greater";
  return range;
}

std::string tagged(const std::string& tag, const std::string& text) {
  return ".TP\n" + tag + "\n" + text + "\n";
}

std::string option(const OptionHelp& help, bool is_argument) {
  std::vector<std::string> names;
  for (const std::string& name : help.names) names.push_back(is_argument ? italic(name) : bold(name));
  std::string tag = fmt::format("{}", fmt::join(names, ", "));
  if (!help.choices.empty() && !is_argument) {
    std::vector<std::string> choices;
    for (const std::string& choice : help.choices) choices.push_back(bold(choice));
    tag += fmt::format(" {}", fmt::join(choices, "|"));
  } else if (!help.value.empty() && !is_argument) {
    tag += " " + italic(help.value);
  }
  if (help.several) tag += " ...";
  std::vector<std::string> more;
  if (!help.range.empty()) more.push_back(range_in_words(help.range));
  if (!help.fallback.empty()) more.push_back("default: " + help.fallback);
  std::string text = help.description;
  if (!more.empty()) text += fmt::format(" ({})", fmt::join(more, "; "));
  return tagged(tag, escaped(text));
}

/// Options in their groups, in the order in which these come; the group that CLI11 gives by itself has no title.
std::string options(const CommandHelp& command) {
  std::string text = ".SH OPTIONS\n";
  for (const OptionHelp& argument : command.arguments) text += option(argument, true);
  std::vector<std::string> groups;
  for (const OptionHelp& help : command.options) {
    if (std::find(groups.begin(), groups.end(), help.group) == groups.end()) groups.push_back(help.group);
  }
  for (const std::string& group : groups) {
    if (group != "Options" && group != "OPTIONS") text += ".SS " + escaped(group) + "\n";
    for (const OptionHelp& help : command.options) {
      if (help.group == group) text += option(help, false);
    }
  }
  return text;
}

/// What a command does, in a few words: its description up to where a sentence, or the first part of one, ends.
std::string in_short(const std::string& description) {
  std::size_t end = description.size();
  for (const char* mark : {". ", ".\n", ": ", "; "}) end = std::min(end, description.find(mark));
  std::string text = description.substr(0, end);
  if (text.ends_with('.')) text.pop_back();
  return text;
}

}  // namespace

std::string page_name(const CommandHelp& command) {
  std::string name = command.name;
  std::replace(name.begin(), name.end(), ' ', '-');
  return name;
}

std::string man_page(const CommandHelp& command, const std::string& version, const std::vector<std::string>& see_also) {
  const std::string name = page_name(command);
  std::string text = fmt::format(".TH {} 1 \"\" \"{}\" \"Lockstep\"\n", escaped(upper(name)), escaped(version));
  // Left-aligned and without hyphens, as commands and file names want it.
  text += ".ad l\n.nh\n";
  text += fmt::format(".SH NAME\n{} \\- {}\n", escaped(name), escaped(in_short(command.description)));
  text += ".SH SYNOPSIS\n" + synopsis(command) + "\n";
  std::string description = command.description;
  std::replace(description.begin(), description.end(), '\n', ' ');
  text += ".SH DESCRIPTION\n" + escaped(description) + "\n";
  if (!command.notes.empty()) text += ".PP\n" + escaped(command.notes) + "\n";
  if (!command.subcommands.empty()) text += ".SH COMMANDS\n";
  for (const CommandHelp& subcommand : command.subcommands) {
    text += tagged("\\fB" + escaped(page_name(subcommand)) + "\\fR(1)", escaped(subcommand.description));
  }
  if (!command.arguments.empty() || !command.options.empty()) text += options(command);
  if (!command.exit_codes.empty()) text += ".SH EXIT STATUS\n";
  for (const auto& [code, meaning] : command.exit_codes) text += tagged(bold(code), escaped(meaning));
  if (!command.examples.empty()) {
    text += ".SH EXAMPLES\n.nf\n";
    for (const std::string& line : command.examples) text += escaped(line) + "\n";
    text += ".fi\n";
  }
  std::vector<std::string> others;
  for (const std::string& other : see_also) {
    if (other != name) others.push_back("\\fB" + escaped(other) + "\\fR(1)");
  }
  if (!others.empty()) text += fmt::format(".SH SEE ALSO\n{}\n", fmt::join(others, ",\n"));
  return text;
}

}  // namespace lockstep

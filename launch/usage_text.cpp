#include "launch/usage_text.h"

#include <algorithm>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace lockstep {
namespace {

bool is_option(const std::string& line) {
  return line.starts_with("  -");
}

/// Both sides of a stretch of two or more blanks.
std::pair<std::string, std::string> split_columns(const std::string& line) {
  const std::size_t gap = line.find("  ");
  if (gap == std::string::npos) return {line, ""};
  const std::size_t second = std::min(line.find_first_not_of(' ', gap), line.size());
  return {line.substr(0, gap), line.substr(second)};
}

OptionHelp read_option(const std::string& line, const std::string& group) {
  const auto [option, description] = split_columns(line.substr(2));
  const std::size_t blank = option.find(' ');
  OptionHelp help;
  help.names = {option.substr(0, blank)};
  if (blank != std::string::npos) help.value = option.substr(blank + 1);
  help.description = description;
  help.group = group;
  return help;
}

}  // namespace

CommandHelp read_usage(std::string_view usage) {
  std::vector<std::string> lines;
  std::istringstream stream{std::string(usage)};
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  CommandHelp help;
  std::string footer;
  std::string group;
  for (std::size_t k = 0; k < lines.size(); ++k) {
    const std::string& line = lines[k];
    const std::string begin = "usage: ";
    if (line.starts_with(begin)) {
      const std::size_t end = line.find(' ', begin.size());
      help.name = line.substr(begin.size(), end - begin.size());
      if (end != std::string::npos) help.synopsis = line.substr(end + 1);
    } else if (is_option(line)) {
      help.options.push_back(read_option(line, group));
    } else if (k + 1 < lines.size() && is_option(lines[k + 1])) {
      const auto [name, explanation] = split_columns(line);
      group = explanation.empty() ? name : name + ": " + explanation;
      group.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(group.front())));
    } else if (help.options.empty()) {
      if (!line.empty()) help.description += (help.description.empty() ? "" : " ") + line;
    } else {
      footer += line + "\n";
    }
  }
  read_footer(footer, help);
  return help;
}

}  // namespace lockstep

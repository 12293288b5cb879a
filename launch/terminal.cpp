#include "launch/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <string_view>

namespace lockstep {
namespace {

std::string_view variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace

std::size_t terminal_width() {
  const std::string_view columns = variable("COLUMNS");
  std::size_t width = 0;
  const auto [end, error] = std::from_chars(columns.data(), columns.data() + columns.size(), width);
  if (error == std::errc() && end == columns.data() + columns.size() && width > 0) return width;
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

TerminalColor terminal_color(const std::string& when) {
  if (when == "never") return TerminalColor::kNone;
  if (when == "auto" && (::isatty(STDOUT_FILENO) == 0 || !variable("NO_COLOR").empty() || variable("TERM") == "dumb")) {
    return TerminalColor::kNone;
  }
  const std::string_view kind = variable("COLORTERM");
  return kind == "truecolor" || kind == "24bit" ? TerminalColor::kTrue : TerminalColor::k256;
}

}  // namespace lockstep

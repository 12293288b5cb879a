#include "launch/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace lockstep {

Terminal standard_output_terminal() {
  Terminal terminal;
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
    terminal.columns = size.ws_col;
  } else if (const char* columns = std::getenv("COLUMNS"); columns != nullptr) {
    std::size_t given = 0;
    const auto [end, error] = std::from_chars(columns, columns + std::strlen(columns), given);
    if (error == std::errc() && *end == '\0' && given > 0 && given <= 1000) terminal.columns = given;
  }
  const char* no_color = std::getenv("NO_COLOR");
  terminal.color = ::isatty(STDOUT_FILENO) == 1 && (no_color == nullptr || *no_color == '\0');
  return terminal;
}

}  // namespace lockstep

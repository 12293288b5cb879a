#include "launch/print_error.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

namespace lockstep {

void print_error(const std::string& message) {
  std::string line = message;
  // A text from a file may be in it, which gets no say over the terminal.
  std::replace_if(
      line.begin(), line.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, ' ');
  fmt::print(stderr, "lockstep: {}\n", line);
  std::fflush(stderr);
}

}  // namespace lockstep

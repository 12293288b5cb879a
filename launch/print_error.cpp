#include "launch/print_error.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

namespace lockstep {

void print_error(const std::string& message) {
  std::string line = message;
  std::replace(line.begin(), line.end(), '\n', ' ');
  fmt::print(stderr, "lockstep: {}\n", line);
  std::fflush(stderr);
}

}  // namespace lockstep

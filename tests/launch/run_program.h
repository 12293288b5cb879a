#pragma once

#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <string>

#include "tests/support/catch.h"

namespace lockstep {

struct Outcome {
  int exit_code;
  std::string output;  ///< standard output and standard error together
};

/// Settings for commands that start MPI: no copies by a way that containers' kernels forbid, and no looking for leaks,
/// since its plugins have some and are gone before these can be told to be theirs.
inline constexpr const char* kMpiSettings = "OMPI_MCA_btl_vader_single_copy_mechanism=none ASAN_OPTIONS=detect_leaks=0";

/// Runs a command of the shell's, with nothing to read.
inline Outcome run_command(const std::string& command) {
  FILE* pipe = popen(("{ " + command + "\n} 2>&1 </dev/null").c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::string output;
  std::array<char, 4096> buffer;
  for (std::size_t n = 0; (n = fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) output.append(buffer.data(), n);
  const int status = pclose(pipe);
  REQUIRE(WIFEXITED(status));
  return {WEXITSTATUS(status), output};
}

/// Runs the program with arguments as the shell reads them, behind settings of its environment like "COLUMNS=40".
inline Outcome run_program(const std::string& arguments, const std::string& settings = "") {
  return run_command(settings + " '" + LOCKSTEP_PROGRAM + "' " + arguments);
}

}  // namespace lockstep

#include <algorithm>
#include <fstream>
#include <string>

#include "tests/launch/run_program.h"
#include "tests/support/catch.h"
#include "tests/temporary_folder.h"

namespace lockstep {
namespace {

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;

/// Whether a command ends with exit code 2 and one line from lockstep.
void check_refused(const std::string& arguments, const std::string& message) {
  INFO("lockstep " << arguments);
  const Outcome outcome = run_program(arguments, kMpiSettings);
  CHECK(outcome.exit_code == 2);
  CHECK_THAT(outcome.output, StartsWith("lockstep: "));
  CHECK_THAT(outcome.output, ContainsSubstring(message));
  CHECK(std::count(outcome.output.begin(), outcome.output.end(), '\n') == 1);
}

}  // namespace

TEST_CASE("The program says its version and how it is used", "[launch]") {
  const Outcome version = run_program("--version");
  CHECK(version.exit_code == 0);
  CHECK_THAT(version.output, StartsWith("lockstep "));
  const Outcome help = run_program("--help");
  CHECK(help.exit_code == 0);
  for (const char* subcommand : {"prepare", "train", "bench", "align", "inspect", "Exit codes"})
    CHECK_THAT(help.output, ContainsSubstring(subcommand));
  for (const std::string subcommand : {"prepare", "train", "bench", "align", "inspect"}) {
    const Outcome own = run_program(subcommand + " --help");
    CHECK(own.exit_code == 0);
    CHECK_THAT(own.output, ContainsSubstring("lockstep " + subcommand));
  }
}

TEST_CASE("A wrong command line is one line that names the help, and exit code 2", "[launch]") {
  check_refused("", "--help");
  check_refused("tarin", "--help");
  check_refused("prepare", "lockstep prepare --help");
  check_refused("train --no-such-option x.yaml", "lockstep train --help");
  check_refused("bench x.yaml --updates 0", "lockstep bench --help");
}

TEST_CASE("What a message repeats from outside gets no say over the terminal", "[launch]") {
  const Outcome outcome = run_program("inspect \"$(printf 'no\\033[31m\\tfile')\"");
  CHECK(outcome.exit_code != 0);
  CHECK_THAT(outcome.output, StartsWith("lockstep: ") && ContainsSubstring("no [31m file"));
  CHECK(outcome.output.find('\033') == std::string::npos);
}

TEST_CASE("A wrong configuration is one line with file, line and key, and exit code 2", "[launch]") {
  const TemporaryFolder folder;
  const std::string file = (folder / "x.yaml").string();
  std::ofstream(file) << "run: r\ncorpus: {source: a, target: b}\nmodel:\n  hiden: 3\n";
  const std::string quoted = "'" + file + "'";
  for (const std::string subcommand : {"prepare ", "train ", "bench "}) {
    check_refused(subcommand + quoted, file + ":4: unknown key model.hiden; did you mean model.hidden?");
    check_refused(subcommand + quoted + ".missing", "no such configuration file");
  }
  std::ofstream(file) << "run: r\ncorpus: {source: a, target: b}\n";
  for (const std::string subcommand : {"prepare ", "train ", "bench "}) {
    check_refused(subcommand + quoted + " --set training.shards=3", "take 2 or 4");
  }
}

}  // namespace lockstep

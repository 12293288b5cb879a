#include "framework/core/log.h"

#include <fstream>
#include <iterator>
#include <string>

#include "framework/core/errors.h"
#include "tests/support/catch.h"
#include "tests/temporary_folder.h"

namespace lockstep {
namespace {

/// A folder for the log file, and plain logging to standard error again afterwards.
struct LogFolder : TemporaryFolder {
  ~LogFolder() {
    stop_logging_to_file();
    set_log_level(LogLevel::kInfo);
  }
  [[nodiscard]] std::string read(const std::string& name) const {
    std::ifstream stream(path() / name);
    return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  }
};

}  // namespace

TEST_CASE("Logged lines reach the file at once, with their level, and go on at its end", "[core]") {
  const LogFolder folder;
  log_to_file(folder / "log");
  log_info("update {} has {{braces}}", 17);
  log_warning("{}", "{not a format}");
  const std::string text = folder.read("log");
  CHECK_THAT(text, Catch::Matchers::ContainsSubstring(" update 17 has {braces}\n"));
  CHECK_THAT(text, Catch::Matchers::ContainsSubstring(" warning: {not a format}\n"));
  stop_logging_to_file();
  log_info("not in the file");
  CHECK(folder.read("log") == text);
  log_to_file(folder / "log");
  log_info("again");
  CHECK(folder.read("log").substr(0, text.size()) == text);
  CHECK_THAT(folder.read("log"), Catch::Matchers::EndsWith("again\n"));
}

TEST_CASE("Lines below the level are left out", "[core]") {
  const LogFolder folder;
  log_to_file(folder / "log");
  log_debug("too fine");
  set_log_level(LogLevel::kOff);
  log_line(LogLevel::kError, "silenced");
  CHECK(folder.read("log").empty());
  set_log_level(LogLevel::kDebug);
  log_debug("fine");
  CHECK_THAT(folder.read("log"), Catch::Matchers::EndsWith("debug: fine\n"));
}

TEST_CASE("A log file that can't be opened is a RunError that names it", "[core]") {
  CHECK_THROWS_AS(log_to_file("/dev/null/log"), RunError);
  CHECK_THROWS_WITH(log_to_file("/dev/null/log"), Catch::Matchers::ContainsSubstring("/dev/null/log: can't be opened"));
}

}  // namespace lockstep

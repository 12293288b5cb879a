#include <fmt/format.h>
#include <sys/wait.h>
#include <csignal>
#include <cstdlib>
#include <string>

#include "tests/support/catch.h"
#include "tests/support/file_bytes.h"
#include "tests/temporary_folder.h"

using namespace lockstep;
using Catch::Matchers::ContainsSubstring;

namespace {

struct Outcome {
  int exit_code;
  std::string output;  ///< standard output, then standard error
};

/// A folder with a text and a configuration, and the program run inside.
class PrepareTrial {
 public:
  PrepareTrial() {
    std::string source, target;
    for (int i = 0; i < 60; ++i) {
      source += fmt::format("the cat number {} sees the dog\n", i % 13);
      target += fmt::format("le chat numéro {} voit le chien\n", i % 13);
    }
    folder_.file("en", source);
    folder_.file("fr", target);
    folder_.file("c.yaml",
                 "run: run\ncorpus:\n  source: en\n  target: fr\n  validation: {source: en, target: fr}\n"
                 "  vocabulary: {kind: word, size: 20, joint: false}\n");
  }

  /// `before`: shell commands in front, like ulimit.
  [[nodiscard]] Outcome prepare(const std::string& arguments, const std::string& before = "true") const {
    const std::string command = fmt::format("cd {} && {} && {} prepare {} >.out 2>.err", folder_.path().string(),
                                            before, LOCKSTEP_PROGRAM, arguments);
    const int status = std::system(command.c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read_bytes(folder_ / ".out") + read_bytes(folder_ / ".err")};
  }
  [[nodiscard]] const TemporaryFolder& folder() const { return folder_; }
  [[nodiscard]] std::filesystem::path corpus() const { return folder_ / "run/corpus.h5"; }
  [[nodiscard]] bool run_folder_is_clean() const {
    return !std::filesystem::exists(folder_ / "run") || std::filesystem::is_empty(folder_ / "run");
  }

 private:
  TemporaryFolder folder_;
};

}  // namespace

TEST_CASE("prepare writes the run's corpus, says what it holds and what to type next", "[launch]") {
  const PrepareTrial trial;
  const Outcome first = trial.prepare("c.yaml");
  CHECK(first.exit_code == 0);
  CHECK_THAT(first.output, ContainsSubstring("60 pairs of 60") && ContainsSubstring("vocabulary of 20 words") &&
                               ContainsSubstring("next: mpirun -n 2 lockstep train c.yaml"));
  CHECK(std::filesystem::exists(trial.corpus()));
  const auto written = std::filesystem::last_write_time(trial.corpus());
  const Outcome second = trial.prepare("c.yaml");
  CHECK(second.exit_code == 0);
  CHECK_THAT(second.output, ContainsSubstring("up to date"));
  CHECK(std::filesystem::last_write_time(trial.corpus()) == written);
}

TEST_CASE("prepare replaces a corpus of other settings, other text or with damage only by force", "[launch]") {
  const PrepareTrial trial;
  REQUIRE(trial.prepare("c.yaml").exit_code == 0);
  std::string before = read_bytes(trial.corpus());
  std::string arguments = "c.yaml";
  SECTION("settings") {
    arguments += " --set corpus.max_length=30";
  }
  SECTION("text") {
    trial.folder().file("en", read_bytes(trial.folder() / "fr"));
  }
  SECTION("damage") {
    before[before.size() / 2] = static_cast<char>(before[before.size() / 2] ^ 4);
    trial.folder().file("run/corpus.h5", before);
  }
  const Outcome refused = trial.prepare(arguments);
  CHECK(refused.exit_code == 2);
  CHECK_THAT(refused.output, ContainsSubstring("run/corpus.h5: exists") && ContainsSubstring("--force"));
  CHECK((read_bytes(trial.corpus()) == before));
  const Outcome forced = trial.prepare(arguments + " --force");
  CHECK(forced.exit_code == 0);
  CAPTURE(forced.output);
  CHECK((read_bytes(trial.corpus()) != before));
  CHECK_THAT(trial.prepare(arguments).output, ContainsSubstring("up to date"));
}

TEST_CASE("bad input ends prepare with its exit code, one line and nothing half-written", "[launch]") {
  const PrepareTrial trial;
  int exit_code = 3;
  std::string arguments = "c.yaml";
  std::string message;
  SECTION("missing configuration") {
    arguments = "absent.yaml";
    exit_code = 2;
    message = "absent.yaml";
  }
  SECTION("unknown key") {
    arguments += " --set corpus.max_lenght=3";
    exit_code = 2;
    message = "max_length";
  }
  SECTION("missing text") {
    arguments += " --set corpus.source=absent";
    message = "absent: can't be opened: No such file";
  }
  SECTION("sides of different length") {
    trial.folder().file("fr", "un\n");
    message = "en has 60 lines and fr has 1";
  }
  SECTION("invalid UTF-8") {
    trial.folder().file("fr", "un\n\xFF\n");
    message = "fr:2: byte 1";
  }
  SECTION("empty corpus") {
    trial.folder().file("en", "");
    trial.folder().file("fr", "");
    message = "no pair is left of 0";
  }
  SECTION("a line too long") {
    trial.folder().file("en", "the\n" + std::string((std::size_t{1} << 20) + 1, 'x') + "\n");
    message = "en:2: is longer than 1048576 bytes";
  }
  SECTION("a vocabulary with less room than the text has characters") {
    arguments += " --set corpus.vocabulary.kind=sentencepiece --set corpus.vocabulary.size=5";
    exit_code = 2;
    message = "corpus.vocabulary.size";
  }
  SECTION("a run folder that can't be made") {
    arguments += " --set run=en/run";
    exit_code = 4;
    message = "en/run";
  }
  const Outcome outcome = trial.prepare(arguments);
  INFO(outcome.output);
  CHECK(outcome.exit_code == exit_code);
  CHECK_THAT(outcome.output, ContainsSubstring(message));
  CHECK_THAT(read_bytes(trial.folder() / ".err"), ContainsSubstring("lockstep: "));
  CHECK(trial.run_folder_is_clean());
}

TEST_CASE("a disk that fills up while preparing ends with exit code 4 and nothing half-written", "[launch]") {
  const PrepareTrial trial;
  // Files may have 4 blocks of 512 or 1024 bytes; the trap makes more an error instead of a signal.
  const Outcome outcome = trial.prepare("c.yaml", "trap '' XFSZ && ulimit -f 4");
  INFO(outcome.output);
  CHECK(outcome.exit_code == 4);
  CHECK_THAT(outcome.output, ContainsSubstring("run/corpus.h5: can't be written: File too large"));
  CHECK(trial.run_folder_is_clean());
}

#include <algorithm>
#include <filesystem>
#include <string>

#include "framework/corpus/parallel_corpus.h"
#include "tests/launch/run_program.h"
#include "tests/support/catch.h"
#include "tests/support/sample_alignments.h"
#include "tests/temporary_folder.h"

namespace lockstep {
namespace {

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;

class Sample {
 public:
  Sample() {
    AlignedSentence empty;
    empty.source = {kEndOfSentenceText};
    empty.alignment.columns = 1;
    write_alignments(folder / "a.h5", {two_dogs(), diagonal(501, 2), empty, diagonal(60, 60)});
  }
  [[nodiscard]] Outcome inspect(const std::string& options, const std::string& settings = "COLUMNS=100") const {
    return run_program("inspect '" + (folder / "a.h5").string() + "' " + options, settings);
  }
  void check_refused(const std::string& options, int exit_code, const std::string& message) const {
    INFO(options);
    const Outcome outcome = inspect(options);
    CHECK(outcome.exit_code == exit_code);
    CHECK_THAT(outcome.output, StartsWith("lockstep: ") && ContainsSubstring(message));
    CHECK(std::count(outcome.output.begin(), outcome.output.end(), '\n') == 1);
  }
  TemporaryFolder folder;
};

}  // namespace

TEST_CASE("inspect summarises an alignments file and lists its sentences", "[launch][inspection]") {
  const Sample sample;
  const Outcome all = sample.inspect("");
  CHECK(all.exit_code == 0);
  CHECK_THAT(all.output, ContainsSubstring("made         translation, beam 12\n") &&
                             ContainsSubstring("checkpoints  runs/a/best.h5\n") &&
                             ContainsSubstring("sentences    4\n") &&
                             ContainsSubstring("tokens       67 source, 564 target\n") &&
                             ContainsSubstring("mean score   -0.3125\n"));
  CHECK_THAT(all.output, ContainsSubstring("1        5     -1.250       4 -> 3  Two dogs play\n"));
  const Outcome one = sample.inspect("--list 1");
  CHECK_THAT(one.output, !ContainsSubstring("501") && ContainsSubstring("3 more: --list 0 lists all"));
  CHECK_THAT(sample.inspect("--list 0").output, ContainsSubstring("501") && !ContainsSubstring("more:"));
}

TEST_CASE("inspect --sentence draws one in the terminal, as wide and as coloured as it takes", "[launch][inspection]") {
  const Sample sample;
  const Outcome plain = sample.inspect("--sentence 1");
  CHECK(plain.exit_code == 0);
  CHECK_THAT(plain.output,
             StartsWith("sentence 1  line 5  score -1.2500\nsource  Two dogs play\ntarget  Deux chiens\n") &&
                 ContainsSubstring("  </s>     ▓▓▓▓\n"));
  CHECK_THAT(plain.output, !ContainsSubstring("\x1b"));
  CHECK_THAT(sample.inspect("--sentence 4").output, ContainsSubstring("source words 1 to 48 of 60"));
  CHECK_THAT(sample.inspect("--sentence 4", "COLUMNS=60").output, ContainsSubstring("source words 1 to 28 of 60"));
  CHECK_THAT(sample.inspect("--sentence 1 --color always", "COLORTERM=truecolor").output,
             ContainsSubstring("\x1b[48;2;"));
  CHECK_THAT(sample.inspect("--sentence 1 --color always", "COLORTERM=").output, ContainsSubstring("\x1b[48;5;"));
}

TEST_CASE("inspect writes PNG, SVG and page whole", "[launch][inspection]") {
  const Sample sample;
  const auto path = [&](const std::string& name) { return "'" + (sample.folder / name).string() + "'"; };
  const Outcome outcome =
      sample.inspect("--sentence 1 --png " + path("a.png") + " --svg " + path("a.svg") + " --page " + path("a.html"));
  INFO(outcome.output);
  CHECK(outcome.exit_code == 0);
  for (const char* name : {"a.png", "a.svg", "a.html"}) {
    CHECK(std::filesystem::file_size(sample.folder / name) > 1000);
    CHECK_THAT(outcome.output, ContainsSubstring("wrote " + (sample.folder / name).string() + "\n"));
  }
  CHECK(std::distance(std::filesystem::directory_iterator(sample.folder.path()), {}) == 4);
  sample.check_refused("--page " + path("absent/a.html"), 4, "absent/a.html: can't be written: No such file");
}

TEST_CASE("inspect refuses what can't be drawn with one line that says what to do", "[launch][inspection]") {
  const Sample sample;
  sample.check_refused("--sentence 5", 2, "holds 4 sentences, numbered from 1");
  sample.check_refused("--sentence 0", 2, "--sentence");
  sample.check_refused("--png x.png", 2, "say which with --sentence N");
  sample.check_refused("--color blue", 2, "--color");
  sample.check_refused("--sentence 2", 3, "sentence 2 has 2 source and 501 target words: too many to draw");
  sample.check_refused("--sentence 3 --svg x.svg", 3, "sentence 3 has no word on one side");
  FileWriter(sample.folder / "a.h5", kCorpusFormat).commit();
  sample.check_refused("--svg x.svg", 2, "--svg draws alignments, and ");
  sample.check_refused("--page x.html", 2, "is a corpus, of which there is no page");
}

}  // namespace lockstep

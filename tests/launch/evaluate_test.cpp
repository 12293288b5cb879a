#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/launch/run_program.h"
#include "tests/support/catch.h"
#include "tests/temporary_folder.h"

namespace lockstep {
namespace {

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;

/// The example of sacreBLEU's README as files.
struct Files {
  TemporaryFolder folder;
  std::string hypotheses =
      folder.file("system", "The dog bit the man.\nIt wasn't surprising.\nThe man had just bitten him.\n").string();
  std::string first =
      folder.file("first", "The dog bit the man.\nIt was not unexpected.\nThe man bit him first.\n").string();
  std::string second =
      folder.file("second", "The dog had bit the man.\nNo one was surprised.\nThe man had bitten the dog.\n").string();

  [[nodiscard]] std::string all() const { return hypotheses + " " + first + " " + second; }
};

}  // namespace

TEST_CASE("evaluate prints score and signature lines as sacreBLEU has them", "[launch][evaluate]") {
  const Files files;
  const Outcome outcome = run_program("evaluate " + files.all() + " --metrics bleu,chrf,chrf++");
  CHECK(outcome.exit_code == 0);
  CHECK(outcome.output ==
        "BLEU = 48.53 82.4/50.0/45.5/37.5 (BP = 0.943 ratio = 0.944 hyp_len = 17 ref_len = 18)\n"
        "chrF2 = 59.73\nchrF2++ = 59.15\n"
        "BLEU|nrefs:2|case:mixed|eff:no|tok:13a|smooth:exp|version:2.6.0\n"
        "chrF2|nrefs:2|case:mixed|eff:yes|nc:6|nw:0|space:no|version:2.6.0\n"
        "chrF2++|nrefs:2|case:mixed|eff:yes|nc:6|nw:2|space:no|version:2.6.0\n");
  CHECK_THAT(run_program("evaluate " + files.all() + " --tokenize intl --digits 10").output,
             StartsWith("BLEU = 43.9162349334 "));
  CHECK_THAT(run_program("evaluate - " + files.first).output, ContainsSubstring("standard input: is empty"));
}

TEST_CASE("evaluate gives a line of scores for each sentence", "[launch][evaluate]") {
  const Files files;
  const std::string output = run_program("evaluate " + files.all() + " --sentences --digits 1").output;
  CHECK_THAT(output, StartsWith("100.0\t100.0\n"));
  CHECK(std::count(output.begin(), output.end(), '\n') == 3);
}

TEST_CASE("evaluate compares systems and draws scores by length", "[launch][evaluate]") {
  const Files files;
  const std::string plot = (files.folder / "plot.svg").string();
  const Outcome outcome =
      run_program("evaluate " + files.hypotheses + " " + files.first + " --compare " + files.second +
                  " --by-length --bins 5 --source " + files.first + " --plot " + plot + " --test randomization");
  CHECK(outcome.exit_code == 0);
  CHECK_THAT(outcome.output, ContainsSubstring("baseline") && ContainsSubstring("(p = ") &&
                                 ContainsSubstring("BLEU|nrefs:1|ar:10000|seed:12345|"));
  CHECK_THAT(outcome.output, ContainsSubstring("source words") && ContainsSubstring("1-5") && ContainsSubstring(">5") &&
                                 ContainsSubstring("● system"));
  std::ifstream stream(plot);
  const std::string svg{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  CHECK_THAT(svg, StartsWith("<svg ") && ContainsSubstring("BLEU by sentence length"));
}

TEST_CASE("evaluate refuses texts of different length, missing files and options that don't go together",
          "[launch][evaluate]") {
  const Files files;
  const std::string two = files.folder.file("two", "a\nb\n").string();
  const Outcome different = run_program("evaluate " + files.hypotheses + " " + two);
  CHECK(different.exit_code == 3);
  CHECK_THAT(different.output,
             ContainsSubstring("system has 3 lines, but ") && ContainsSubstring("two has 2; line n of each"));
  CHECK(run_program("evaluate " + files.hypotheses + " absent").exit_code == 3);
  CHECK(run_program("evaluate " + files.hypotheses).exit_code == 2);
  CHECK(run_program("evaluate " + files.all() + " --by-length").exit_code == 2);
  CHECK(run_program("evaluate " + files.all() + " --tokenize 13b").exit_code == 2);
  CHECK(run_program("evaluate " + files.all() + " --smooth-value 0.5").exit_code == 2);
}

TEST_CASE("evaluate reads what isn't UTF-8 with a message, or refuses it", "[launch][evaluate]") {
  const Files files;
  const std::string bad = files.folder.file("bad", "a\nb \xFF\nc\n").string();
  const Outcome read = run_program("evaluate " + bad + " " + files.first);
  CHECK(read.exit_code == 0);
  CHECK_THAT(read.output, ContainsSubstring("bad:2"));
  const Outcome refused = run_program("evaluate --strict " + bad + " " + files.first);
  CHECK(refused.exit_code == 3);
  CHECK_THAT(refused.output, ContainsSubstring("bad:2"));
}

TEST_CASE("evaluate scores alignment links", "[launch][evaluate]") {
  const TemporaryFolder folder;
  const std::string found = folder.file("found", "0-0 1-2 2-2 2-3\n\n").string();
  const std::string gold = folder.file("gold", "0-0 1-1 2?2 2-3 3?3\n\n").string();
  const Outcome outcome = run_program("evaluate --alignment " + found + " " + gold);
  CHECK(outcome.exit_code == 0);
  CHECK_THAT(outcome.output, ContainsSubstring("precision = 0.7500") && ContainsSubstring("recall    = 0.6667") &&
                                 ContainsSubstring("AER       = 0.2857"));
  CHECK_THAT(run_program("evaluate --alignment " + gold + " " + gold).output, ContainsSubstring("AER       = 0.0000"));
  const std::string bad = folder.file("bad", "0-0\n0-0 x-1\n").string();
  const Outcome refused = run_program("evaluate --alignment " + bad + " " + gold);
  CHECK(refused.exit_code == 3);
  CHECK_THAT(refused.output, ContainsSubstring("bad:2:5: 'x-1' is no link"));
}

}  // namespace lockstep

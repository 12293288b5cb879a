#include "framework/evaluation/links.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "framework/core/errors.h"
#include "tests/support/catch.h"

namespace lockstep {

using Catch::Matchers::StartsWith;

TEST_CASE("Links are read in any order, each pair once, and written sorted", "[evaluation]") {
  CHECK(parse_links("", "f", 1).empty());
  CHECK(parse_links(" 2?1\t0-0  \r", "f", 1) == SentenceLinks{{0, 0, true}, {2, 1, false}});
  CHECK(format_links(parse_links("10-2 2?1 2-1 2?1 0-0", "f", 1)) == "0-0 2-1 10-2");
  CHECK(format_links({}).empty());
}

TEST_CASE("What is no link is refused with file, line and column", "[evaluation]") {
  const auto refusal = [](const char* line) {
    try {
      (void)parse_links(line, "test.wa", 7);
    } catch (const DataError& error) {
      return std::string(error.what());
    }
    return std::string("read");
  };
  CHECK_THAT(refusal("0-0 x-1"), StartsWith("test.wa:7:5: 'x-1' is no link; write i-j"));
  CHECK_THAT(refusal("0-0 1:1"), StartsWith("test.wa:7:6: '1:1' is no link"));
  CHECK_THAT(refusal("0-0 1-"), StartsWith("test.wa:7:7: "));
  CHECK_THAT(refusal("0-0-1"), StartsWith("test.wa:7:4: "));
  CHECK_THAT(refusal("0--1"), StartsWith("test.wa:7:3: "));
  CHECK_THAT(refusal("-1-0"), StartsWith("test.wa:7:1: "));
  CHECK_THAT(refusal("12"), StartsWith("test.wa:7:3: "));
  CHECK_THAT(refusal("99999999999-0"), StartsWith("test.wa:7:1: "));
}

TEST_CASE("Precision, recall and AER of a case worked by hand", "[evaluation]") {
  // S = {0-0, 1-1, 2-3}, P = S and {2-2, 3-3}; A = {0-0, 1-2, 2-2, 2-3}.
  const LinkCounts counts =
      compare_links(parse_links("0-0 1-2 2-2 2-3", "a", 1), parse_links("0-0 1-1 2?2 2-3 3?3", "g", 1));
  CHECK(counts.found == 4);
  CHECK(counts.sure == 3);
  CHECK(counts.found_in_sure == 2);
  CHECK(counts.found_in_possible == 3);
  CHECK(counts.precision() == Approx(3.0 / 4));
  CHECK(counts.recall() == Approx(2.0 / 3));
  CHECK(counts.error_rate() == Approx(1 - (2.0 + 3.0) / (4 + 3)));
}

TEST_CASE("No link found of none is perfect; links found of none are all wrong", "[evaluation]") {
  CHECK(LinkCounts().error_rate() == 0);
  CHECK(compare_links(parse_links("0-0", "a", 1), {}).error_rate() == 1);
  CHECK(compare_links({}, parse_links("0-0", "a", 1)).error_rate() == 1);
  CHECK(compare_links(parse_links("0-0", "a", 1), parse_links("0?0", "a", 1)).error_rate() == 0);
}

TEST_CASE("Gold links scored against themselves have no errors", "[evaluation]") {
  const char* const given = std::getenv("LOCKSTEP_DATA");
  const std::filesystem::path folder = given != nullptr ? given : LOCKSTEP_SOURCE_DIR "/../shared/data";
  std::ifstream file(folder / "alignments/alibi/test.wa");
  if (!file) {
    WARN("no " << (folder / "alignments/alibi/test.wa").string() << "; skipped");
    return;
  }
  LinkCounts all;
  std::size_t number = 0;
  for (std::string line; std::getline(file, line);) {
    const SentenceLinks links = parse_links(line, "test.wa", ++number);
    all += compare_links(links, links);
  }
  CHECK(number == 522);
  CHECK(all.sure > 0);
  CHECK(all.found > all.sure);
  CHECK(all.precision() == 1);
  CHECK(all.recall() == 1);
  CHECK(all.error_rate() == 0);
}

}  // namespace lockstep

#include "framework/corpus/text_reader.h"

#include <string>
#include <vector>

#include "framework/core/errors.h"
#include "framework/corpus/pair_reader.h"
#include "tests/support/catch.h"
#include "tests/temporary_folder.h"

using namespace lockstep;
using Catch::Matchers::ContainsSubstring;
using namespace std::string_literals;

namespace {

std::vector<std::string> lines_of(const std::filesystem::path& path, InvalidText invalid = InvalidText::kRefuse) {
  TextReader reader(path, invalid);
  std::vector<std::string> lines;
  for (std::string_view line; reader.next(line);) lines.emplace_back(line);
  return lines;
}

std::string refusal(const std::filesystem::path& path) {
  try {
    lines_of(path);
  } catch (const DataError& error) {
    return error.what();
  }
  return "read";
}

std::string pair_refusal(const ParallelFiles& files) {
  try {
    PairReader reader(files);
    for (std::string_view source, target; reader.next(source, target);) continue;
  } catch (const DataError& error) {
    return error.what();
  }
  return "read";
}

}  // namespace

TEST_CASE("lines end at newlines alone", "[corpus]") {
  const TemporaryFolder folder;
  using Lines = std::vector<std::string>;
  CHECK(lines_of(folder.file("a", "")) == Lines{});
  CHECK(lines_of(folder.file("a", "one\ntwo\n")) == Lines{"one", "two"});
  CHECK(lines_of(folder.file("a", "one\n\ntwo")) == Lines{"one", "", "two"});
  CHECK(lines_of(folder.file("a", "a\r\nb\u2028c\u0085d\n")) == Lines{"a\r", "b\u2028c\u0085d"});
}

TEST_CASE("lines are found wherever they fall on the reader's buffer", "[corpus]") {
  const TemporaryFolder folder;
  std::vector<std::string> lines;
  std::string text;
  for (std::size_t i = 0; i < 3000; ++i) {
    lines.emplace_back(i * i % 701, static_cast<char>('a' + i % 26));
    if (i % 500 == 250) lines.back() = std::string(70'000 + i, 'x') + "é";
    text += lines.back() + "\n";
  }
  CHECK(lines_of(folder.file("a", text)) == lines);
}

TEST_CASE("a byte order mark is skipped and told", "[corpus]") {
  const TemporaryFolder folder;
  TextReader reader(folder.file("a", "\xEF\xBB\xBFone\n"));
  std::string_view line;
  CHECK(reader.had_byte_order_mark());
  CHECK(reader.next(line));
  CHECK(line == "one");
  CHECK_FALSE(TextReader(folder.file("b", "one")).had_byte_order_mark());
}

TEST_CASE("bad text is refused with file and line", "[corpus]") {
  const TemporaryFolder folder;
  CHECK_THAT(refusal(folder.file("a", "one\ntw\xFFo\n")),
             ContainsSubstring("a:2: byte 3 of the line (0xFF) is not UTF-8"));
  CHECK_THAT(refusal(folder.file("a", "one\nt\0wo\n"s)), ContainsSubstring("a:2: has a NUL byte"));
  CHECK_THAT(refusal(folder.file("a", "\n\n" + std::string(kLongestLine + 1, 'x') + "\n")),
             ContainsSubstring("a:3: is longer"));
  CHECK_THAT(refusal(folder.file("a", "\n\n" + std::string(kLongestLine + 1, 'x'))),
             ContainsSubstring("a:3: is longer"));
  CHECK(refusal(folder.file("a", std::string(kLongestLine, 'x') + "\n")) == "read");
  CHECK_THAT(refusal(folder / "absent"), ContainsSubstring("absent: can't be opened: No such file"));
}

TEST_CASE("sides of different length are refused with both names and counts", "[corpus]") {
  const TemporaryFolder folder;
  const std::string three = folder.file("three.en", "a\nb\nc\n").string();
  const std::string five = folder.file("five.fr", "a\nb\nc\nd\ne\n").string();
  CHECK_THAT(pair_refusal({{three}, {five}}),
             ContainsSubstring("three.en has 3 lines and ") && ContainsSubstring("five.fr has 5"));
  CHECK_THAT(pair_refusal({{five}, {three}}),
             ContainsSubstring("five.fr has 5 lines and ") && ContainsSubstring("three.en has 3"));
  CHECK_THAT(pair_refusal({{five, three}, {five, five}}), ContainsSubstring("three.en has 3 lines"));
  CHECK(pair_refusal({{five, three}, {five, three}}) == "read");
  CHECK_THROWS_AS(pair_refusal({{five, three}, {five}}), ConfigError);
}

TEST_CASE("a reader that replaces gives U+FFFD for what is not UTF-8 and for NUL, and keeps the lines", "[corpus]") {
  const TemporaryFolder folder;
  const std::vector<std::string> lines =
      lines_of(folder.file("a", "one\ncaf\xE9 \xE2\x82\nn\0l\nlast"s), InvalidText::kReplace);
  CHECK(lines == std::vector<std::string>{"one", "caf\uFFFD \uFFFD", "n\uFFFDl", "last"});
}

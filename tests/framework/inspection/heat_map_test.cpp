#include "framework/inspection/heat_map.h"

#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "framework/core/unicode.h"
#include "tests/support/catch.h"
#include "tests/support/sample_alignments.h"

using namespace lockstep;
using Catch::Matchers::ContainsSubstring;

namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::string without_colors(const std::string& text) {
  return std::regex_replace(text, std::regex("\x1b\\[[0-9;]*m"), "");
}

}  // namespace

TEST_CASE("A heat map has source words on top, target words at the left and a block for each weight", "[inspection]") {
  CHECK(heat_map(two_dogs(), 80, TerminalColor::kNone) ==
        "         d p <\n"
        "       T o l /\n"
        "       w g a s\n"
        "       o s y >\n"
        "  Deux ██░░    \n"
        "chiens ░░██░░  \n"
        "  </s>     ▓▓▓▓\n"
        "       ░░ 0.05 and more  ▒▒ 0.25 and more  ▓▓ 0.5 and more  ██ 0.75 and more\n");
}

TEST_CASE("Greys run from black to white, in 24 bits or in xterm's 256 colours", "[inspection]") {
  const std::string any = heat_map(two_dogs(), 80, TerminalColor::kTrue);
  // 255 · 0.875 and 255 · 0.125, rounded; two black cells are one run.
  CHECK_THAT(any,
             ContainsSubstring("  Deux \x1b[48;2;223;223;223m  \x1b[48;2;32;32;32m  \x1b[48;2;0;0;0m    \x1b[0m\n"));
  const std::string few = heat_map(two_dogs(), 80, TerminalColor::k256);
  CHECK_THAT(few, ContainsSubstring("  </s> \x1b[48;5;16m    \x1b[48;5;244m    \x1b[0m\n"));
  AlignedSentence certain = diagonal(1, 1);
  CHECK_THAT(heat_map(certain, 80, TerminalColor::kTrue), ContainsSubstring("t0 \x1b[48;2;255;255;255m  \x1b[0m\n"));
  CHECK_THAT(heat_map(certain, 80, TerminalColor::k256), ContainsSubstring("t0 \x1b[48;5;231m  \x1b[0m\n"));
}

TEST_CASE("What is too wide for the terminal comes in panels, and no line is wider", "[inspection]") {
  const AlignedSentence sentence = diagonal(60, 60);
  for (const std::size_t width : {10U, 40U, 80U, 123U, 200U}) {
    const std::string map = heat_map(sentence, width, TerminalColor::k256);
    INFO(width);
    std::vector<std::string> lines = lines_of(without_colors(map));
    CHECK_THAT(lines.back(), ContainsSubstring("0 ") && ContainsSubstring(" 1"));
    lines.pop_back();
    for (const std::string& line : lines) {
      if (!line.starts_with("source words")) CHECK(display_width(line) <= width);
    }
  }
  const std::string map = heat_map(sentence, 80, TerminalColor::kNone);
  CHECK_THAT(map,
             ContainsSubstring("source words 1 to 38 of 60\n") && ContainsSubstring("\nsource words 39 to 60 of 60\n"));
  CHECK_THAT(heat_map(sentence, 200, TerminalColor::kNone), !ContainsSubstring("source words"));
}

TEST_CASE("Wide and combining characters keep the columns in line", "[inspection]") {
  AlignedSentence sentence = two_dogs();
  sentence.source = {"e\u0301te\u0301", "狗", "g\u0308", "x"};
  sentence.target = {"两只", "ne\u0301", "e"};
  const std::vector<std::string> lines = lines_of(heat_map(sentence, 80, TerminalColor::kNone));
  REQUIRE(lines.size() == 7);
  CHECK(lines[0] == "     e\u0301");
  CHECK(lines[1] == "     t");
  CHECK_THAT(lines[2], Catch::Matchers::StartsWith("     e\u0301 狗"));
  CHECK(lines[3] == "两只 ██░░    ");
  CHECK(lines[4] == "  ne\u0301 ░░██░░  ");
  CHECK(lines[5] == "   e     ▓▓▓▓");
}

TEST_CASE("Long words are cut with an ellipsis", "[inspection]") {
  AlignedSentence sentence = diagonal(1, 1);
  sentence.source = {"Donaudampfschifffahrt"};
  sentence.target = {"Donaudampfschifffahrtsgesellschaftskapitän"};
  const std::vector<std::string> lines = lines_of(heat_map(sentence, 80, TerminalColor::kNone));
  REQUIRE(lines.size() == 16);
  CHECK_THAT(lines[13], Catch::Matchers::EndsWith("…"));
  CHECK(lines[14] == "Donaudampfschifffahrtsg… ██");
  CHECK_THAT(lines_of(heat_map(sentence, 30, TerminalColor::kNone))[14], Catch::Matchers::StartsWith("Donaudamp… ██"));
}

TEST_CASE("A word cannot steer the terminal", "[inspection]") {
  AlignedSentence sentence = diagonal(1, 1);
  sentence.source = {"a\x1b[2J"};
  sentence.target = {"b\n\u202Ec\x9b"};
  const std::string map = heat_map(sentence, 80, TerminalColor::kNone);
  CHECK_THAT(map, !ContainsSubstring("\x1b") && !ContainsSubstring("\u202E") && !ContainsSubstring("\x9b"));
  CHECK_THAT(map, ContainsSubstring("b \uFFFDc\uFFFD"));
}

TEST_CASE("Weights that are no weights are drawn as 0 or 1", "[inspection]") {
  AlignedSentence sentence = diagonal(1, 3);
  sentence.alignment.weights = {std::numeric_limits<float>::quiet_NaN(), -1, 7};
  CHECK_THAT(heat_map(sentence, 80, TerminalColor::kNone), ContainsSubstring("t0     ██\n"));
}

#include "framework/inspection/line_chart.h"

#include <cmath>
#include <limits>
#include <sstream>
#include <string>

#include "framework/core/unicode.h"
#include "tests/support/catch.h"

namespace lockstep {
namespace {

using Catch::Matchers::ContainsSubstring;
constexpr double kGap = std::numeric_limits<double>::quiet_NaN();

std::size_t occurrences(const std::string& text, const std::string& what) {
  std::size_t count = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++count;
  return count;
}

const LineChart kByLength = {"BLEU <by> length",
                             "words & more",
                             "BLEU",
                             {{"one", {0, 1, 2}, {10, 20, 30}}, {"日本 & two", {0, 1, 2}, {30, kGap, 10}}},
                             {"1-10", "11-20", ">20"}};

}  // namespace

TEST_CASE("Ticks stand at round numbers and hold the values between them", "[inspection]") {
  const Axis axis = make_axis(3, 47, 6, AxisEnds::kAtTicks);
  CHECK(axis.ticks == std::vector<double>{0, 10, 20, 30, 40, 50});
  CHECK(axis.low == 0);
  CHECK(axis.high == 50);
  CHECK(axis.label(20) == "20");
  const Axis fine = make_axis(0.11, 0.19, 5, AxisEnds::kAtValues);
  CHECK(fine.low == 0.11);
  CHECK(fine.label(fine.ticks.front()) == "0.12");
  CHECK(fine.place(0.15) == Approx(0.5));
  const Axis single = make_axis(5, 5, 5, AxisEnds::kAtTicks);
  CHECK(single.low < 5);
  CHECK(single.high > 5);
  CHECK(make_axis(-1, 1, 4, AxisEnds::kAtTicks).label(-1e-17) == "0.0");
}

TEST_CASE("An SVG chart names axes, series and points, and escapes what XML would read", "[inspection]") {
  const std::string svg = to_svg(kByLength);
  CHECK_THAT(svg, ContainsSubstring("BLEU &lt;by&gt; length") && ContainsSubstring("words &amp; more") &&
                      ContainsSubstring(">&gt;20</text>"));
  CHECK_THAT(svg, ContainsSubstring("日本 &amp; two, 1-10: 30"));
  CHECK_THAT(svg, ContainsSubstring("prefers-color-scheme:dark"));
  CHECK(occurrences(svg, "<circle") == 5);
  // The gap lifts the pen.
  CHECK(occurrences(svg.substr(svg.find("line c1")).substr(0, 60), "M") == 2);
}

TEST_CASE("A terminal chart keeps to its width and marks each series' points", "[inspection]") {
  const std::string text = to_text(kByLength, 60, 10, false);
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) CHECK(display_width(line) <= 60);
  CHECK_THAT(text, ContainsSubstring("30 ┤") && ContainsSubstring("10 ┤") && ContainsSubstring("1-10") &&
                       ContainsSubstring("words & more"));
  CHECK_THAT(text, ContainsSubstring("● one") && ContainsSubstring("▲ 日本 & two"));
  CHECK(occurrences(text, "▲") == 3);  // two points and the legend
  CHECK(occurrences(text, "\033") == 0);
  CHECK(occurrences(to_text(kByLength, 60, 10, true), "\033[34m") > 3);
}

TEST_CASE("A rising line goes from the lower left to the upper right, as braille", "[inspection]") {
  LineChart chart{"t", "x", "", {{"s", {}, {}}}, {}};
  for (int i = 0; i <= 100; ++i) {
    chart.series[0].x.push_back(i);
    chart.series[0].y.push_back(i);
  }
  std::istringstream lines(to_text(chart, 30, 4, false));
  std::string line;
  std::getline(lines, line);
  CHECK(line == "t");
  std::getline(lines, line);
  CHECK_THAT(line, ContainsSubstring("100 ┤") && Catch::Matchers::EndsWith("⠉") && !ContainsSubstring("●"));
}

TEST_CASE("A chart without points is empty axes", "[inspection]") {
  const LineChart empty{"t", "x", "y", {{"s", {0}, {kGap}}}, {}};
  CHECK_THAT(to_svg(empty), ContainsSubstring("</svg>"));
  CHECK_THAT(to_text(empty, 40, 5, false), ContainsSubstring("t (y)"));
}

}  // namespace lockstep

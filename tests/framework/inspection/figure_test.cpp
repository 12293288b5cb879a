#include "framework/inspection/figure.h"

#include <cstdlib>
#include <regex>
#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/sample_alignments.h"
#include "tests/temporary_folder.h"

using namespace lockstep;
using Catch::Matchers::ContainsSubstring;

namespace {

std::vector<std::string> matches(const std::string& text, const std::string& pattern) {
  std::vector<std::string> found;
  const std::regex expression(pattern);
  for (auto match = std::sregex_iterator(text.begin(), text.end(), expression); match != std::sregex_iterator();
       ++match) {
    found.push_back((*match)[1]);
  }
  return found;
}

}  // namespace

TEST_CASE("An SVG figure holds the words as text and a shade for each weight", "[inspection]") {
  const std::string svg = alignment_svg(two_dogs());
  CHECK(matches(svg, "<text [^>]*>([^<]*)</text>") ==
        std::vector<std::string>{"Two", "dogs", "play", "&lt;/s&gt;", "Deux", "chiens", "&lt;/s&gt;"});
  CHECK(matches(svg, "rotate\\(-90\\)\">([^<]*)<").size() == 4);
  CHECK(matches(svg, "fill=\"rgb\\((\\d+)") == std::vector<std::string>{"223", "32", "16", "191", "48", "128", "128"});
  // The second row's weights stand one cell below the first's, and from its second column on.
  const std::vector<std::string> x = matches(svg, "<rect x=\"([0-9.]+)\"[^>]*rgb");
  const std::vector<std::string> y = matches(svg, "<rect [^>]*y=\"([0-9.]+)\"[^>]*rgb");
  REQUIRE(x.size() == 7);
  CHECK(std::stod(x[1]) - std::stod(x[0]) == 22);
  CHECK(std::stod(y[1]) - std::stod(y[0]) == 0);
  CHECK(std::stod(x[2]) - std::stod(x[0]) == 0);
  CHECK(std::stod(y[2]) - std::stod(y[0]) == 22);
}

TEST_CASE("Texts in an SVG figure are escaped", "[inspection]") {
  AlignedSentence sentence = two_dogs();
  sentence.source[0] = "</text>&\x01\"";
  sentence.source_text = "<&>";
  const std::string svg = alignment_svg(sentence);
  CHECK_THAT(
      svg, ContainsSubstring(">&lt;/text&gt;&amp;\uFFFD&quot;</text>") && ContainsSubstring("<title>&lt;&amp;&gt; – "));
  const TemporaryFolder folder;
  const std::string path = folder.file("a.svg", svg).string();
  CHECK(std::system(("/usr/bin/python3 -c 'import sys, xml.dom.minidom as m; m.parse(sys.argv[1])' " + path).c_str()) ==
        0);
}

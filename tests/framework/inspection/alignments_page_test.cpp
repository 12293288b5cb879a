#include "framework/inspection/alignments_page.h"

#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>

#include "framework/inspection/page_files.h"
#include "tests/support/catch.h"
#include "tests/support/sample_alignments.h"
#include "tests/temporary_folder.h"

using namespace lockstep;
using Catch::Matchers::ContainsSubstring;

namespace {

std::string page_of(const std::vector<AlignedSentence>& sentences) {
  const TemporaryFolder folder;
  write_alignments(folder / "a.h5", sentences);
  write_alignments_page(AlignmentsReader(folder / "a.h5"), "a.h5", folder / "a.html");
  std::ifstream file(folder / "a.html", std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// What stands in the page's element of that id.
std::string element(const std::string& page, const std::string& id) {
  const std::size_t begin = page.find('>', page.find("id=\"" + id + "\"")) + 1;
  return page.substr(begin, page.find("</script>", begin) - begin);
}

}  // namespace

TEST_CASE("A page holds texts, words and weights of all sentences, and loads nothing", "[inspection]") {
  const std::string page = page_of({two_dogs(), diagonal(1, 1)});
  const nlohmann::json data = nlohmann::json::parse(element(page, "data"));
  CHECK(data["file"] == "a.h5");
  CHECK(data["checkpoints"] == nlohmann::json({"runs/a/best.h5", "runs/b/best.h5"}));
  CHECK(data["sentences"][0] == nlohmann::json({4, -1.25, 4, 3, "Two dogs play", "Deux chiens"}));
  CHECK(data["vocabulary"]["source"] == nlohmann::json({"Two", "dogs", "play", "</s>", "s0"}));
  CHECK(data["vocabulary"]["target"] == nlohmann::json({"Deux", "chiens", "</s>", "t0"}));
  // Words 0 1 2 3 and 0 1 2, then ten-thousandths, seven bits a byte: 8750 is AE 44, 1250 is E2 09, 625 is F1 04,
  // 7500 is CC 3A, 1875 is D3 0E, 5000 is 88 27; by Python's base64. The other has words 4 and 3 and weight 10000.
  CHECK(element(page, "matrices") == "\nAAECAwABAq5E4gkAAPEEzDrTDgAAAIgniCc=\nBAOQTg==\n");
  for (const char* loading : {"src=", "href=\"http", "url(", "@import", "fetch(", "{{"}) {
    CHECK_THAT(page, !ContainsSubstring(loading));
  }
}

TEST_CASE("No text can leave its place in a page", "[inspection]") {
  AlignedSentence sentence = two_dogs();
  sentence.source_text = "</script><!-- {{matrices}} \xff \u2028";
  sentence.source[0] = "</SCRIPT>";
  const std::string page = page_of({sentence});
  CHECK_THAT(page, !ContainsSubstring("</SCRIPT>") && !ContainsSubstring("</script><!--"));
  const nlohmann::json data = nlohmann::json::parse(element(page, "data"));
  CHECK(data["sentences"][0][4] == "</script><!-- {{matrices}} \uFFFD \u2028");
  CHECK(data["vocabulary"]["source"][0] == "</SCRIPT>");
}

TEST_CASE("A page keeps lines and sentences in step when some have no words or too many", "[inspection]") {
  AlignedSentence large = diagonal(2001, 2000);
  large.score = -std::numeric_limits<double>::infinity();
  const std::string page = page_of({AlignedSentence{}, large, diagonal(1, 1), AlignedSentence{}});
  CHECK(element(page, "matrices") == "\n\n-\nAACQTg==\n\n");
  const nlohmann::json data = nlohmann::json::parse(element(page, "data"));
  CHECK(data["sentences"].size() == 4);
  CHECK(data["sentences"][1][1].is_null());
}

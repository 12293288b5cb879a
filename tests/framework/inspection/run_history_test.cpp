#include "framework/inspection/run_history.h"

#include <fstream>
#include <iterator>
#include <string>

#include "framework/core/errors.h"
#include "tests/support/catch.h"
#include "tests/temporary_folder.h"

namespace lockstep {
namespace {

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::EndsWith;

std::string update_line(int update, double loss, double words_per_second) {
  return R"({"kind":"update","update":)" + std::to_string(update) + R"(,"epoch":0,"loss":)" + std::to_string(loss) +
         R"(,"cross_entropy":)" + std::to_string(loss) + R"(,"words_per_second":)" + std::to_string(words_per_second) +
         "}\n";
}

}  // namespace

TEST_CASE("Metrics become curves of loss, perplexity, BLEU and speed", "[inspection]") {
  const TemporaryFolder folder;
  const auto file = folder.file(
      "metrics.jsonl", update_line(1, 4, 100) + update_line(2, 2, 300) +
                           R"({"kind":"validation","update":2,"cross_entropy":0.0,"perplexity":1.0,"bleu":12.5})" +
                           "\n" + R"({"kind":"something else"})" + "\n" + R"({"kind":"upda)");
  const RunHistory history = read_metrics(file);
  CHECK(history.loss.y == std::vector<double>{4, 2});
  CHECK(history.perplexity.y == std::vector<double>{1});
  CHECK(history.bleu.x == std::vector<double>{2});
  CHECK(history.bleu.y == std::vector<double>{12.5});
  const std::vector<LineChart> curves = training_curves(history);
  REQUIRE(curves.size() == 4);
  CHECK(curves[0].title == "Loss");
  CHECK(curves[0].series.size() == 2);  // loss and cross-entropy are one without label smoothing
  CHECK(curves[3].series[0].y == std::vector<double>{100, 300});
}

TEST_CASE("Of a long run means of equally many updates are drawn", "[inspection]") {
  const TemporaryFolder folder;
  std::string text;
  for (int i = 1; i <= 5; ++i) text += update_line(i, i, 1);
  const RunHistory history = read_metrics(folder.file("metrics.jsonl", text));
  const std::vector<LineChart> curves = training_curves(history, 3);
  REQUIRE(curves.size() == 2);
  CHECK(curves[0].title == "Loss, means of 2 updates");
  CHECK(curves[0].series[0].x == std::vector<double>{2, 4, 5});
  CHECK(curves[0].series[0].y == std::vector<double>{1.5, 3.5, 5});
}

TEST_CASE("A metrics file that is missing or broken is refused with its line", "[inspection]") {
  const TemporaryFolder folder;
  CHECK_THROWS_WITH(read_metrics(folder / "absent"), ContainsSubstring("absent: can't be read: No such file"));
  const auto file = folder.file("metrics.jsonl", update_line(1, 4, 100) + "{\"kind\":\"update\"}\n");
  CHECK_THROWS_AS(read_metrics(file), DataError);
  CHECK_THROWS_WITH(read_metrics(file), ContainsSubstring("metrics.jsonl:2: is no line of a run's metrics"));
}

TEST_CASE("The page of a run holds each curve as a picture and as a table, and loads nothing", "[inspection]") {
  const TemporaryFolder folder;
  RunHistory history;
  add_validation(history, 10, 0);
  add_validation(history, 20, 1);
  write_curves_page(training_curves(history), "runs/<a>", folder / "page.html");
  std::ifstream stream(folder / "page.html");
  const std::string html{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  CHECK_THAT(html, ContainsSubstring("<title>Training curves: runs/&lt;a&gt;</title>"));
  CHECK_THAT(html, ContainsSubstring("<th scope=\"row\">20</th><td>2.7183</td>"));
  CHECK_THAT(html, ContainsSubstring("<svg") && EndsWith("</html>\n"));
  CHECK_THAT(html, !ContainsSubstring("{{") && !ContainsSubstring("src=") && !ContainsSubstring("href="));
}

}  // namespace lockstep

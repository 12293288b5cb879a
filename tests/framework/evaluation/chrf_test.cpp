#include "framework/evaluation/chrf.h"

#include <string>

#include "tests/framework/evaluation/golden.h"
#include "tests/support/catch.h"

namespace lockstep {
namespace {

const Chrf kChrf({});
const Chrf kChrfPlusPlus({.word_order = 2, .lowercase = false});

double score_of(const Chrf& metric, const std::string& hypothesis, const std::string& reference) {
  return corpus_score(metric, {hypothesis}, {{reference}});
}

}  // namespace

TEST_CASE("chrF2 and chrF2++ of the README's example are sacreBLEU's", "[evaluation]") {
  CHECK(corpus_score(kChrf, kReadmeHypotheses, kReadmeReferences) == Approx(59.7275178268).epsilon(1e-11));
  CHECK(corpus_score(kChrfPlusPlus, kReadmeHypotheses, kReadmeReferences) == Approx(59.1531044440).epsilon(1e-11));
}

TEST_CASE("chrF looks at no white space, and averages over orders that both sides have", "[evaluation]") {
  CHECK(score_of(kChrf, "a b\u00A0c", "abc") == Approx(100));
  // By hand: of order 1 two of three match on either side, of order 2 one of two, of order 3 none.
  CHECK(score_of(kChrf, "abc", "abd") == Approx(100 * (2.0 / 3 + 1.0 / 2) / 3));
  CHECK(score_of(kChrf, "ab", "xy") == 0);
  CHECK(score_of(kChrf, "", "xy") == 0);
  CHECK(score_of(kChrf, "xy", "") == 0);
  // Recall weighs twice: P = 1/2 (orders 1), R = 1 gives 5 P R / (4 P + R).
  CHECK(score_of(kChrf, "ab", "a") == Approx(100 * 5 * 0.5 / 3));
}

TEST_CASE("chrF2++ cuts one punctuation mark from a word, from its end first", "[evaluation]") {
  CHECK(score_of(kChrfPlusPlus, "hi)", "hi )") == Approx(100));
  CHECK(score_of(kChrfPlusPlus, "(hi", "( hi") == Approx(100));
  CHECK(score_of(kChrfPlusPlus, "(hi)", "( hi )") < 100);
  CHECK(score_of(kChrfPlusPlus, "hi»", "hi »") < 100);
}

TEST_CASE("chrF takes the reference with the best score, the first of equal ones", "[evaluation]") {
  const SentenceStatistics both = count_sentences(kChrf, std::vector<std::string>{"abcd"}, {{"abxy"}, {"abcx"}});
  const SentenceStatistics best = count_sentences(kChrf, std::vector<std::string>{"abcd"}, {{"abcx"}});
  CHECK(both.values == best.values);
}

TEST_CASE("chrF's names and signatures are sacreBLEU's", "[evaluation]") {
  CHECK(kChrf.name() == "chrF2");
  CHECK(kChrfPlusPlus.name() == "chrF2++");
  CHECK(signature(kChrf, {{"a"}}) == "nrefs:1|case:mixed|eff:yes|nc:6|nw:0|space:no|version:2.6.0");
  CHECK(Chrf({.word_order = 2, .lowercase = true}).settings() == "case:lc|eff:yes|nc:6|nw:2|space:no");
  CHECK(corpus_score(Chrf({.word_order = 0, .lowercase = true}), {"ÉTÉ"}, {{"été"}}) == Approx(100));
  CHECK(score_line(kChrf, {59.7275178268, ""}) == "chrF2 = 59.73");
}

}  // namespace lockstep

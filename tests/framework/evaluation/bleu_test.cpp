#include "framework/evaluation/bleu.h"

#include <cmath>
#include <string>
#include <vector>

#include "framework/core/errors.h"
#include "tests/framework/evaluation/golden.h"
#include "tests/support/catch.h"

namespace lockstep {
namespace {

double readme_score(Tokenizer tokenizer) {
  BleuSettings settings;
  settings.tokenizer = tokenizer;
  return corpus_score(Bleu(settings), kReadmeHypotheses, kReadmeReferences);
}

double score_of(const std::string& hypothesis, const std::string& reference, const BleuSettings& settings = {}) {
  return corpus_score(Bleu(settings), {hypothesis}, {{reference}});
}

BleuSettings smoothed(Smoothing smoothing) {
  BleuSettings settings;
  settings.smoothing = smoothing;
  return settings;
}

BleuSettings effective() {
  BleuSettings settings;
  settings.effective_order = true;
  return settings;
}

}  // namespace

// Values without another source are those that sacreBLEU 2.6 prints.

TEST_CASE("BLEU of the README's example is sacreBLEU's under each tokenizer", "[evaluation]") {
  CHECK(readme_score(Tokenizer::k13a) == Approx(48.5308270099).epsilon(1e-11));
  CHECK(readme_score(Tokenizer::kNone) == Approx(49.1919566005).epsilon(1e-11));
  CHECK(readme_score(Tokenizer::kIntl) == Approx(43.9162349334).epsilon(1e-11));
  CHECK(readme_score(Tokenizer::kChar) == Approx(72.6106415344).epsilon(1e-11));
}

TEST_CASE("BLEU's smoothings are sacreBLEU's", "[evaluation]") {
  CHECK(score_of("a b c d", "a b c e") == Approx(59.46035575).epsilon(1e-9));
  CHECK(score_of("a b c d", "a b c e", smoothed(Smoothing::kFloor)) == Approx(39.76353644).epsilon(1e-9));
  CHECK(score_of("a b c d", "a b c e", smoothed(Smoothing::kAddK)) == Approx(65.80370065).epsilon(1e-9));
  CHECK(score_of("a b c d", "a b c e", smoothed(Smoothing::kNone)) == 0);
  CHECK(score_of("a b c d", "a x c y") == Approx(18.99589214).epsilon(1e-9));
  CHECK(score_of("a b c d e", "a b c d e f g") == Approx(67.03200460).epsilon(1e-9));
  // By hand: precisions 3/4, 2/3, 1/2 and 0.5/1, whose product is 1/8.
  BleuSettings half = smoothed(Smoothing::kFloor);
  half.smoothing_value = 0.5;
  CHECK(score_of("a b c d", "a b c e", half) == Approx(100 * std::pow(0.125, 0.25)).epsilon(1e-12));
}

TEST_CASE("A hypothesis shorter than four words scores by effective order alone", "[evaluation]") {
  CHECK(score_of("the cat", "the cat") == 0);
  CHECK(score_of("the cat", "the cat", effective()) == Approx(100));
  CHECK(score_of("the dog", "a cat", effective()) == 0);
}

TEST_CASE("Nothing against something scores 0, and so does everything against nothing", "[evaluation]") {
  CHECK(score_of("", "a b c d") == 0);
  CHECK(score_of(" \u3000", "a b c d", effective()) == 0);
  CHECK(score_of("a b c d", "") == 0);
  CHECK(score_of("", "") == 0);
  CHECK(corpus_score(Bleu({}), {}, {{}}) == 0);
}

TEST_CASE("The closest reference counts for the length, the shorter of two; an empty one is absent", "[evaluation]") {
  const Bleu bleu({});
  const auto reference_length = [&](const References& references) {
    return count_sentences(bleu, std::vector<std::string>{"a b c d"}, references).row(0)[1];
  };
  CHECK(reference_length({{"a b c d e f"}, {"a b c"}, {"a b c d e"}}) == 3);
  CHECK(reference_length({{"a b c d e"}, {"a b c"}}) == 3);
  CHECK(reference_length({{"a b c d e f g h i"}, {""}}) == 9);
  CHECK(reference_length({{"a b c d e f g h i"}, {" \t"}}) == 9);
  CHECK(reference_length({{""}, {""}}) == 0);
}

TEST_CASE("Matches are clipped at the most that one reference has", "[evaluation]") {
  const SentenceStatistics counted =
      count_sentences(Bleu({}), std::vector<std::string>{"the the the the"}, {{"the cat the"}, {"the dog"}});
  CHECK(std::vector<std::int64_t>(counted.row(0).begin(), counted.row(0).end()) ==
        std::vector<std::int64_t>{4, 3, 2, 0, 0, 0, 4, 3, 2, 1});
}

TEST_CASE("Lower-casing comes before all else", "[evaluation]") {
  BleuSettings settings;
  settings.lowercase = true;
  CHECK(score_of("LE CHAT ÉTAIT ICI &QUOT;", "le chat était ici \"", settings) == Approx(100));
  CHECK(score_of("LE CHAT", "le chat") == 0);
}

TEST_CASE("Signature and score line are written as sacreBLEU writes them", "[evaluation]") {
  const Bleu bleu({});
  CHECK(signature(bleu, kReadmeReferences) == "nrefs:2|case:mixed|eff:no|tok:13a|smooth:exp|version:2.6.0");
  CHECK(signature(bleu, kReadmeReferences, "bs:1000|seed:12345") ==
        "nrefs:2|bs:1000|seed:12345|case:mixed|eff:no|tok:13a|smooth:exp|version:2.6.0");
  CHECK(signature(bleu, {{"a", "b"}, {"c", ""}}).starts_with("nrefs:var|"));
  BleuSettings other;
  other.lowercase = true;
  other.effective_order = true;
  other.tokenizer = Tokenizer::kZh;
  other.smoothing = Smoothing::kFloor;
  CHECK(Bleu(other).settings() == "case:lc|eff:yes|tok:zh|smooth:floor[0.10]");
  other.smoothing = Smoothing::kAddK;
  CHECK(Bleu(other).settings() == "case:lc|eff:yes|tok:zh|smooth:add-k[1.00]");
  const Score score = bleu.score(count_sentences(bleu, kReadmeHypotheses, kReadmeReferences).sum());
  CHECK(score_line(bleu, score) ==
        "BLEU = 48.53 82.4/50.0/45.5/37.5 (BP = 0.943 ratio = 0.944 hyp_len = 17 ref_len = 18)");
  CHECK(score_line(bleu, score, 4).starts_with("BLEU = 48.5308 82.4/"));
}

TEST_CASE("References of another number than the hypotheses are refused", "[evaluation]") {
  CHECK_THROWS_AS(count_sentences(Bleu({}), kReadmeHypotheses, {{"a"}}), DataError);
  CHECK_THROWS_AS(count_sentences(Bleu({}), kReadmeHypotheses, {}), DataError);
}

}  // namespace lockstep

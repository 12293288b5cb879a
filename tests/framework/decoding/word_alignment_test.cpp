#include "framework/decoding/word_alignment.h"

#include <map>
#include <string>
#include <vector>

#include "framework/corpus/sentencepiece_vocabulary.h"
#include "framework/corpus/train_sentencepiece.h"
#include "framework/corpus/word_vocabulary.h"
#include "tests/support/catch.h"

using namespace lockstep;

namespace {

/// Cuts lines to pieces as it is told.
class ScriptedPieces final : public Vocabulary {
 public:
  explicit ScriptedPieces(std::map<std::string, std::vector<std::string>, std::less<>> pieces)
      : Vocabulary({"</s>", "<unk>"}), pieces_(std::move(pieces)) {}
  [[nodiscard]] VocabularyKind kind() const override { return VocabularyKind::kSentencePiece; }
  [[nodiscard]] std::vector<Token> encode(std::string_view line) const override {
    return std::vector<Token>(surfaces(line).size(), kUnknown);
  }
  [[nodiscard]] std::vector<std::string> surfaces(std::string_view line) const override {
    return pieces_.find(line)->second;
  }
  [[nodiscard]] std::string decode(std::span<const Token> /*tokens*/) const override { return ""; }

 private:
  std::map<std::string, std::vector<std::string>, std::less<>> pieces_;
};

LineWords words_of_line(const Vocabulary& vocabulary, const std::string& line) {
  return words_of(vocabulary, line, vocabulary.surfaces(line));
}

using Begins = std::vector<std::size_t>;
using Words = std::vector<std::string>;

/// Two source words and the end, three target words and the end.
Alignment small_matrix() {
  return {4, 3, {0.5F, 0.25F, 0.25F, 0.125F, 0.25F, 0.625F, 0.5F, 0.5F, 0, 0, 0, 1}};
}

SentenceLinks links(const std::vector<std::pair<std::uint32_t, std::uint32_t>>& pairs) {
  SentenceLinks result;
  for (const auto& [source, target] : pairs) result.push_back({source, target});
  return result;
}

}  // namespace

TEST_CASE("a piece with the mark of a blank begins a word", "[decoding]") {
  const ScriptedPieces pieces({{"Two  dogs (a", {"▁Two", "▁do", "g", "s", "▁", "(", "a"}}, {"", {}}});
  const LineWords words = words_of_line(pieces, "Two  dogs (a");
  CHECK(words.words == Words{"Two", "dogs", "(a"});
  CHECK(words.begin == Begins{0, 1, 4, 7});
  CHECK(words_of_line(pieces, "").begin == Begins{0});
}

TEST_CASE("words that normalisation splits or swallows keep their places", "[decoding]") {
  const ScriptedPieces pieces(
      {{"a\u00A0b \u200B cd", {"▁a", "▁b", "▁c", "d"}}, {"a\u00A0b", {"▁a", "▁b"}}, {"\u200B", {}}, {"cd", {"▁cd"}}});
  const LineWords words = words_of_line(pieces, "a\u00A0b \u200B cd");
  CHECK(words.words == Words{"a\u00A0b", "\u200B", "cd"});
  CHECK(words.begin == Begins{0, 2, 2, 4});
}

TEST_CASE("beginnings that can't be told apart are spread over the words", "[decoding]") {
  const ScriptedPieces pieces({{"x y", {"▁a", "▁b", "▁c", "▁d", "e"}}, {"x", {"▁x"}}, {"y", {"▁y"}}});
  CHECK(words_of_line(pieces, "x y").begin == Begins{0, 2, 5});
}

TEST_CASE("a real sentencepiece model's pieces make the words of the line, whatever NFKC does to it", "[decoding]") {
  VocabularyConfiguration settings;
  settings.size = 30;
  int sentences = 0;
  const SentencePieceVocabulary vocabulary(train_sentencepiece(settings, [&](std::string_view& sentence) {
    sentence = sentences % 2 == 0 ? "fine words no five" : "more words of five";
    return ++sentences <= 40;
  }));
  // NFKC makes fi of the ligature, No of the sign, a blank and a mark of the diaeresis.
  const std::string line = " \uFB01ve \u2116\tword\u00A8s no\u00A0re fi\u200Bne\r";
  const LineWords words = words_of_line(vocabulary, line);
  CHECK(words.words == Words{"\uFB01ve", "\u2116", "word\u00A8s", "no\u00A0re", "fi\u200Bne"});
  const std::vector<std::string> surfaces = vocabulary.surfaces(line);
  REQUIRE(words.begin.back() == surfaces.size());
  const auto text = [&](std::size_t k) {
    std::string joined;
    for (std::size_t t = words.begin[k]; t < words.begin[k + 1]; ++t) joined += surfaces[t];
    return joined;
  };
  CHECK(text(0) == "▁five");
  CHECK(text(1) == "▁No");
  CHECK(text(3) == "▁no▁re");
}

TEST_CASE("a word vocabulary's tokens are the words", "[decoding]") {
  const WordVocabulary vocabulary({"</s>", "<unk>", "a"});
  const LineWords words = words_of_line(vocabulary, "a \t b\u00A0c");
  CHECK(words.words == Words{"a", "b\u00A0c"});
  CHECK(words.begin == Begins{0, 1, 2});
}

TEST_CASE("words whose tokens are cut off go, and the last one keeps what is left", "[decoding]") {
  LineWords words{{"a", "b", "c"}, {0, 2, 5, 6}};
  words.keep_tokens(4);
  CHECK(words.words == Words{"a", "b"});
  CHECK(words.begin == Begins{0, 2, 4});
  words.keep_tokens(2);
  CHECK(words.begin == Begins{0, 2});
  words.keep_tokens(9);
  CHECK(words.begin == Begins{0, 2});
}

TEST_CASE("weights of a source word's pieces are added, of a target word's averaged, the ends stay last",
          "[decoding]") {
  // Source: a b|b </s>, target: x|x y </s>, y swallowed by normalisation.
  const Alignment tokens{3, 4, {0.5F, 0.125F, 0.25F, 0.125F, 0, 0.25F, 0.5F, 0.25F, 0.25F, 0.25F, 0, 0.5F}};
  const LineWords source{{"a", "bb"}, {0, 1, 3}};
  const LineWords target{{"xx", "y"}, {0, 2, 2}};
  const Alignment words = merge_words(tokens, source, target);
  REQUIRE(words.rows == 3);
  REQUIRE(words.columns == 3);
  CHECK(words.weights == std::vector<float>{0.25F, 0.5625F, 0.1875F, 0, 0, 0, 0.25F, 0.25F, 0.5F});
}

TEST_CASE("one step later, a row is the next one, and the last stays", "[decoding]") {
  const Alignment later = one_step_later({3, 2, {1, 2, 3, 4, 5, 6}});
  CHECK(later.rows == 3);
  CHECK(later.weights == std::vector<float>{3, 4, 5, 6, 5, 6});
  CHECK(one_step_later({1, 2, {1, 2}}).weights == std::vector<float>{1, 2});
}

TEST_CASE("arg max links each target word, and the end of the source only stands in the way when asked to",
          "[decoding]") {
  CHECK(links_by_arg_max(small_matrix(), EndOfSentence::kNoLink) == links({{0, 0}, {0, 2}}));
  CHECK(links_by_arg_max(small_matrix(), EndOfSentence::kNextBest) == links({{0, 0}, {0, 2}, {1, 1}}));
  CHECK(links_by_arg_max({2, 2, {0, 0, 0, 1}}, EndOfSentence::kNextBest).empty());
  CHECK(links_by_arg_max({1, 1, {1}}, EndOfSentence::kNextBest).empty());
  CHECK(links_by_arg_max({3, 1, {1, 1, 1}}, EndOfSentence::kNextBest).empty());
}

TEST_CASE("a threshold links all words that reach it, the ends never", "[decoding]") {
  CHECK(links_by_threshold(small_matrix(), 0.25) == links({{0, 0}, {0, 2}, {1, 0}, {1, 1}, {1, 2}}));
  CHECK(links_by_threshold(small_matrix(), 0.5) == links({{0, 0}, {0, 2}, {1, 2}}));
  CHECK(links_by_threshold(small_matrix(), 0.6).empty());
}

TEST_CASE("two directions' links are intersected, the second one's turned round", "[decoding]") {
  const SentenceLinks forward = links({{0, 0}, {0, 2}, {1, 1}, {2, 1}});
  const SentenceLinks reverse = links({{0, 0}, {1, 0}, {1, 2}, {3, 2}});  // target-source
  CHECK(intersect(forward, reverse) == links({{0, 0}, {2, 1}}));
  CHECK(intersect(forward, {}).empty());
}

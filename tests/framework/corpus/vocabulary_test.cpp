#include "framework/corpus/vocabulary.h"

#include <algorithm>
#include <string>
#include <vector>

#include "framework/core/errors.h"
#include "framework/corpus/sentencepiece_vocabulary.h"
#include "framework/corpus/train_sentencepiece.h"
#include "framework/corpus/word_vocabulary.h"
#include "tests/support/catch.h"
#include "tests/temporary_folder.h"

using namespace lockstep;
using Catch::Matchers::ContainsSubstring;

namespace {

constexpr FileFormat kFormat{"trial", 1};

const std::vector<std::string> kLines = {
    "the old man and the sea", "the sea is old and grey",      "a grey cat sat on the mat",
    "the cat and the dog",     "l'été est là, dit le garçon.", "a man sat by the grey sea",
    "the dog sat on a cat",    "two old dogs and a grey cat",  "les garçons et les étés",
};

std::string learn(VocabularyConfiguration settings) {
  std::size_t next = 0;
  return train_sentencepiece(settings, [&](std::string_view& sentence) {
    if (next == kLines.size()) return false;
    sentence = kLines[next++];
    return true;
  });
}

VocabularyConfiguration pieces(PieceAlgorithm algorithm, std::int64_t size) {
  return {VocabularyKind::kSentencePiece, algorithm, size, true};
}

Vocabularies through_file(const Vocabularies& vocabularies) {
  const TemporaryFolder folder;
  {
    FileWriter file(folder / "a.h5", kFormat);
    write_vocabularies(file, vocabularies);
    file.commit();
  }
  return read_vocabularies(FileReader(folder / "a.h5", kFormat));
}

}  // namespace

TEST_CASE("the most frequent words are kept, ties in byte order", "[corpus]") {
  WordCounter counter;
  for (const char* line : {"b a a c", "a\tb  d", " e e ", "<unk> </s> </s> </s>", "é\r"}) {
    WordCounts counts;
    for_each_word(line, [&](std::string_view word) { ++counts[word]; });
    counter.add(counts);
  }
  using Words = std::vector<std::string>;
  CHECK(counter.most_frequent(5) == Words{"</s>", "<unk>", "a", "b", "e"});
  CHECK(counter.most_frequent(100) == Words{"</s>", "<unk>", "a", "b", "e", "c", "d", "é"});
  CHECK(counter.most_frequent(2) == Words{"</s>", "<unk>"});
}

TEST_CASE("words are encoded by their place and unknown ones as unknown", "[corpus]") {
  const WordVocabulary vocabulary({"</s>", "<unk>", "a", "b"});
  CHECK(vocabulary.encode(" b  x a\r") == std::vector<Token>{3, kUnknown, 2});
  CHECK(vocabulary.surfaces(" b  x a\r") == std::vector<std::string>{"b", "x", "a"});
  CHECK(vocabulary.encode("<unk> </s>") == std::vector<Token>{kUnknown, kUnknown});
  CHECK(vocabulary.encode(" \t").empty());
  CHECK(vocabulary.decode(std::vector<Token>{3, 1, 2, 0}) == "b <unk> a");
}

TEST_CASE("sentencepiece gives back the text it encoded", "[corpus]") {
  const auto algorithm = GENERATE(PieceAlgorithm::kUnigram, PieceAlgorithm::kBpe);
  const std::string model = learn(pieces(algorithm, 60));
  const SentencePieceVocabulary vocabulary(model);
  CHECK(vocabulary.size() > 30);
  CHECK(vocabulary.size() <= 60);
  CHECK(vocabulary.piece(kEndOfSentence) == "</s>");
  CHECK(vocabulary.piece(kUnknown) == "<unk>");
  for (const std::string& line : kLines) {
    const std::vector<Token> tokens = vocabulary.encode(line);
    CHECK(vocabulary.decode(tokens) == line);
    for (const Token token : tokens) CHECK(token > kUnknown);
  }
  const std::vector<Token> foreign = vocabulary.encode("海");
  CHECK(std::ranges::count(foreign, kUnknown) == 1);
  const std::vector<std::string> surfaces = vocabulary.surfaces("海");
  CHECK(surfaces.size() == foreign.size());
  CHECK(surfaces.back() == "海");
  CHECK(vocabulary.encode("").empty());
  CHECK(learn(pieces(algorithm, 60)) == model);
}

TEST_CASE("a text too small for the size asked for gets fewer pieces, too many characters are an error", "[corpus]") {
  const auto algorithm = GENERATE(PieceAlgorithm::kUnigram, PieceAlgorithm::kBpe);
  const SentencePieceVocabulary vocabulary(learn(pieces(algorithm, 8000)));
  CHECK(vocabulary.size() < 500);
  CHECK(vocabulary.size() > 30);
  CHECK_THROWS_WITH(learn(pieces(algorithm, 10)), ContainsSubstring("corpus.vocabulary.size"));
  CHECK_THROWS_AS(learn(pieces(algorithm, 10)), ConfigError);
}

TEST_CASE("vocabularies come back from a file as they were, joint ones as one", "[corpus]") {
  const auto words = std::make_shared<WordVocabulary>(std::vector<std::string>{"</s>", "<unk>", "été", "b"});
  const auto subwords = std::make_shared<SentencePieceVocabulary>(learn(pieces(PieceAlgorithm::kUnigram, 60)));
  const Vocabularies apart = through_file({words, subwords});
  CHECK(apart.source->kind() == VocabularyKind::kWord);
  CHECK(apart.source->digest() == words->digest());
  CHECK(apart.source->encode("b été") == words->encode("b été"));
  CHECK(apart.target->kind() == VocabularyKind::kSentencePiece);
  CHECK(apart.target->pieces() == subwords->pieces());
  CHECK(apart.target->encode(kLines[3]) == subwords->encode(kLines[3]));
  const Vocabularies joint = through_file({subwords, subwords});
  CHECK(joint.source == joint.target);
  CHECK_FALSE(words->digest() == WordVocabulary({"</s>", "<unk>", "b", "été"}).digest());
}

TEST_CASE("a damaged sentencepiece model is a data error", "[corpus]") {
  CHECK_THROWS_AS(SentencePieceVocabulary("no model"), DataError);
  CHECK_THROWS_AS(SentencePieceVocabulary(""), DataError);
}

TEST_CASE("a sentencepiece model that would lead the library astray is a data error", "[corpus]") {
  const std::string good = learn(pieces(PieceAlgorithm::kUnigram, 60));
  CHECK_NOTHROW(SentencePieceVocabulary(good));

  // "the" inside a piece.
  std::string with_nul = good;
  with_nul[good.find("the") + 1] = '\0';
  CHECK_THROWS_AS(SentencePieceVocabulary(with_nul), DataError);

  // Behind the rule's name: the field's tag, its length in three bytes, the size of the trie, the trie.
  const std::size_t trie = good.find("nmt_nfkc") + 8 + 1 + 3 + 4;
  const auto with_root = [&](std::string_view root) { return std::string(good).replace(trie, root.size(), root); };
  REQUIRE(good.compare(trie - 8, 1, "\x12") == 0);
  CHECK_NOTHROW(SentencePieceVocabulary(with_root(good.substr(trie, 4))));
  CHECK_THROWS_AS(SentencePieceVocabulary(with_root("\xFF\xFF\xFF\x7F")), DataError);    // far outside
  CHECK_THROWS_AS(SentencePieceVocabulary(with_root(std::string(4, '\0'))), DataError);  // to itself
}

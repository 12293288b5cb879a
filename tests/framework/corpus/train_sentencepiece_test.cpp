#include "framework/corpus/train_sentencepiece.h"

#include <fmt/format.h>
#include <sentencepiece_processor.h>
#include <sentencepiece_trainer.h>

#include <algorithm>
#include <string>
#include <unordered_map>
#include <vector>

#include "tests/support/catch.h"

using namespace lockstep;

namespace {

std::string learn(PieceAlgorithm algorithm, std::int64_t size, const std::vector<std::string>& lines) {
  std::size_t next = 0;
  const SentenceSource sentences = [&](std::string_view& sentence) {
    if (next == lines.size()) return false;
    sentence = lines[next++];
    return true;
  };
  return train_sentencepiece({VocabularyKind::kSentencePiece, algorithm, size, true}, sentences);
}

std::vector<std::string> pieces_of(const std::string& model) {
  sentencepiece::SentencePieceProcessor processor;
  REQUIRE(processor.LoadFromSerializedProto(model).ok());
  std::vector<std::string> pieces;
  for (int id = 0; id < processor.GetPieceSize(); ++id) pieces.push_back(processor.IdToPiece(id));
  return pieces;
}

bool has(const std::vector<std::string>& pieces, const std::string& piece) {
  return std::ranges::find(pieces, piece) != pieces.end();
}

/// Words of three syllables, the n-th of them the more frequent the smaller n is, parted by blanks of several kinds.
std::vector<std::string> varied_lines() {
  const std::vector<std::string> syllables = {"ba", "ré", "ti", "mon", "sul", "ke", "dra"};
  std::vector<std::string> lines;
  std::size_t state = 1;
  const auto below = [&](std::size_t limit) {
    return (state = (state * 1103515245 + 12345) % 2147483648U) / 8 % limit;
  };
  for (int i = 0; i < 600; ++i) {
    std::string line;
    for (std::size_t words = 3 + below(9); words > 0; --words) {
      const std::size_t word = below(1 + below(1 + below(343)));
      line += syllables[word % 7] + syllables[word / 7 % 7] + syllables[word / 49] + (below(5) == 0 ? ".\t" : "  ");
    }
    lines.push_back(line);
  }
  return lines;
}

/// What the library itself learns from the sentences as they stand.
std::string learn_from_sentences(const std::vector<std::string>& lines, int size) {
  class Iterator final : public sentencepiece::SentenceIterator {
   public:
    explicit Iterator(const std::vector<std::string>& all) : all_(all) {}
    [[nodiscard]] bool done() const override { return at_ == all_.size(); }
    void Next() override { ++at_; }
    [[nodiscard]] const std::string& value() const override { return all_[at_]; }
    [[nodiscard]] sentencepiece::util::Status status() const override { return {}; }

   private:
    const std::vector<std::string>& all_;
    std::size_t at_ = 0;
  };
  Iterator iterator(lines);
  std::string model;
  const std::unordered_map<std::string, std::string> options = {{"model_type", "bpe"},
                                                                {"vocab_size", std::to_string(size)},
                                                                {"character_coverage", "1.0"},
                                                                {"eos_id", "0"},
                                                                {"unk_id", "1"},
                                                                {"bos_id", "-1"},
                                                                {"minloglevel", "3"}};
  REQUIRE(sentencepiece::SentencePieceTrainer::Train(options, &iterator, &model).ok());
  return model;
}

}  // namespace

TEST_CASE("Words and their counts give the BPE pieces that the library learns from the sentences", "[corpus]") {
  const std::vector<std::string> lines = varied_lines();
  CHECK(pieces_of(learn(PieceAlgorithm::kBpe, 150, lines)) == pieces_of(learn_from_sentences(lines, 150)));
}

TEST_CASE("A frequent word that nothing but a blank follows gets a unigram piece of its own", "[corpus]") {
  std::vector<std::string> lines = varied_lines();
  for (std::string& line : lines) line = "zwölfte " + line;
  const std::vector<std::string> pieces = pieces_of(learn(PieceAlgorithm::kUnigram, 150, lines));
  CHECK(has(pieces, "▁zwölfte"));
  CHECK(has(pieces, "▁bababa"));
}

TEST_CASE("Words that normalisation empties, reserved characters and endless words don't disturb learning",
          "[corpus]") {
  const auto algorithm = GENERATE(PieceAlgorithm::kUnigram, PieceAlgorithm::kBpe);
  std::vector<std::string> lines = varied_lines();
  for (const char* odd :
       {"\u200B", "\u200B \u200B", "\u00AD", "\x01", " ", "\t", "", "▁", "\u2585 \u2585", "a\u00A0b"}) {
    lines.emplace_back(odd);
    lines.emplace_back(odd);
  }
  for (const std::size_t length : {5'000U, 5'000U, 100'000U, 100'000U}) lines.emplace_back(length, 'x');
  const std::vector<std::string> pieces = pieces_of(learn(algorithm, 150, lines));
  CHECK(pieces.size() == 150);
  CHECK(has(pieces, "é"));
}

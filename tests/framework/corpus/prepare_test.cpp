#include "framework/corpus/prepare.h"

#include <fmt/format.h>

#include <string>
#include <vector>

#include "framework/core/errors.h"
#include "framework/corpus/pair_block.h"
#include "tests/support/catch.h"
#include "tests/support/file_bytes.h"
#include "tests/temporary_folder.h"

using namespace lockstep;
using Catch::Matchers::ContainsSubstring;

namespace {

constexpr int kPairs = 6'000;  // some eight blocks
const PrepareProgress kQuiet = [](std::string_view, std::uint64_t, std::uint64_t) {};

/// Line `i` of either side: its number is a word, and its length changes from line to line.
std::string source_line(int i) {
  std::string line = fmt::format("n{}", i);
  for (int j = 0; j < i % 9; ++j) line += fmt::format(" the{} cat", (i + j) % 31);
  return line;
}
std::string target_line(int i) {
  std::string line = fmt::format("numéro{}", i);
  for (int j = 0; j < i % 7; ++j) line += fmt::format(" chat{} là", (i * j) % 37);
  return line;
}

/// `bad_line`, from 1, gets a byte on the target side that is not UTF-8; none does when it is 0.
CorpusConfiguration long_corpus(const TemporaryFolder& folder, VocabularyKind kind, int bad_line = 0) {
  std::string source;
  std::string target;
  for (int i = 0; i < kPairs; ++i) {
    source += source_line(i) + "\n";
    target += target_line(i) + (i + 1 == bad_line ? "\xE9\n" : "\n");
  }
  CorpusConfiguration corpus;
  corpus.source = {folder.file("en", source).string()};
  corpus.target = {folder.file("fr", target).string()};
  corpus.validation = {{folder.file("val.en", source_line(3) + "\n").string()},
                       {folder.file("val.fr", target_line(3) + "\n").string()}};
  corpus.vocabulary = {kind, PieceAlgorithm::kUnigram, kind == VocabularyKind::kWord ? 100'000 : 200, true};
  corpus.max_length = 1000;
  return corpus;
}

}  // namespace

TEST_CASE("Any number of threads prepares the same bytes, with the pairs in their order", "[corpus]") {
  const TemporaryFolder folder;
  const auto kind = GENERATE(VocabularyKind::kWord, VocabularyKind::kSentencePiece);
  const CorpusConfiguration corpus = long_corpus(folder, kind);
  prepare_corpus(corpus, folder / "1.h5", kQuiet, 1);
  const std::string bytes = read_bytes(folder / "1.h5");
  for (const std::size_t threads : {2U, 3U, 7U}) {
    CAPTURE(threads);
    prepare_corpus(corpus, folder / "many.h5", kQuiet, threads);
    CHECK((read_bytes(folder / "many.h5") == bytes));
  }
  const ParallelCorpus prepared(folder / "many.h5");
  const Vocabularies& vocabularies = prepared.vocabularies();
  REQUIRE(prepared.train().size() == kPairs);
  for (int i = 0; i < kPairs; i += 7) {
    const auto place = static_cast<std::uint64_t>(i);
    REQUIRE(vocabularies.source->decode(prepared.train().source()[place]) == source_line(i));
    REQUIRE(vocabularies.target->decode(prepared.train().target()[place]) == target_line(i));
  }
}

TEST_CASE("A bad line in the middle of a text is told by its number, by any number of threads", "[corpus]") {
  const TemporaryFolder folder;
  const TemporaryFolder out;
  const std::size_t threads = GENERATE(1U, 2U, 3U, 7U);
  const CorpusConfiguration corpus = long_corpus(folder, VocabularyKind::kWord, 3501);
  CHECK_THROWS_WITH(
      prepare_corpus(corpus, out / "corpus.h5", kQuiet, threads),
      ContainsSubstring(fmt::format("fr:3501: byte {} of the line (0xE9)", target_line(3500).size() + 1)));
  CHECK(std::filesystem::is_empty(out.path()));
}

TEST_CASE("A text that changes while it is read is refused, and nothing is left behind", "[corpus]") {
  const TemporaryFolder folder;
  const TemporaryFolder out;
  const std::size_t threads = GENERATE(1U, 3U);
  const CorpusConfiguration corpus = long_corpus(folder, VocabularyKind::kWord);
  std::string changed = read_bytes(corpus.target.front());
  std::string message;
  SECTION("another word in a line") {
    changed[changed.size() / 2] = 'x';
    message = "the text changed while it was read";
  }
  SECTION("a byte that is not UTF-8, in the last block") {
    changed[changed.size() - 2] = '\xFF';
    message = fmt::format("fr:{}: byte", kPairs);
  }
  SECTION("fewer lines") {
    changed.resize(changed.rfind('\n', changed.size() - 2) + 1);
    message = fmt::format("fr has {}", kPairs - 1);
  }
  bool encodes = false;
  const PrepareProgress change_late = [&](std::string_view stage, std::uint64_t done, std::uint64_t) {
    // Once the vocabulary is learnt from all pairs, and before they are read again.
    if (!encodes && stage == "learning the vocabulary" && done == kPairs) {
      encodes = true;
      folder.file("fr", changed);
    }
  };
  CHECK_THROWS_WITH(prepare_corpus(corpus, out / "corpus.h5", change_late, threads), ContainsSubstring(message));
  CHECK(encodes);
  CHECK(std::filesystem::is_empty(out.path()));
}

TEST_CASE("Blocks hold the lines of a text one after the other, and no block is empty", "[corpus]") {
  const TemporaryFolder folder;
  // Lines that are empty, and lines that are longer than a block.
  const auto line = [](int i) {
    return i % 5000 < 4900 ? "" : std::string(static_cast<std::size_t>(i * 7 % 70'001), 'x');
  };
  std::string text;
  for (int i = 0; i < 10'000; ++i) text += line(i) + "\n";
  const std::string path = folder.file("text", text).string();
  const ParallelFiles files{{path}, {path}};
  PairReader reader(files);
  PairBlock block;
  int read = 0;
  while (read_block(reader, block)) {
    REQUIRE(block.size() > 0);
    REQUIRE(block.source.bytes() < 200'000);
    for (std::size_t i = 0; i < block.size(); ++i, ++read) {
      REQUIRE((block.source[i] == line(read)));
      REQUIRE((block.target[i] == line(read)));
    }
  }
  CHECK(read == 10'000);
  CHECK(block.size() == 0);
  CHECK_FALSE(read_block(reader, block));
}

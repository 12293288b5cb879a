#include "framework/corpus/parallel_corpus.h"

#include <fmt/format.h>
#include <cstdio>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "framework/core/errors.h"
#include "framework/corpus/corpus_writer.h"
#include "framework/corpus/prepare.h"
#include "framework/corpus/sampler.h"
#include "framework/corpus/word_vocabulary.h"
#include "tests/support/catch.h"
#include "tests/support/sanitized.h"
#include "tests/temporary_folder.h"

using namespace lockstep;
using Catch::Matchers::ContainsSubstring;

namespace {

const PrepareProgress kQuiet = [](std::string_view, std::uint64_t, std::uint64_t) {};

/// Two training files a side and one for validation, with an empty side and a long line among them.
CorpusConfiguration small_corpus(const TemporaryFolder& folder) {
  CorpusConfiguration corpus;
  corpus.source = {folder.file("1.en", "a b c\n\nb b\n").string(), folder.file("2.en", "a a a a a a\nc\n").string()};
  corpus.target = {folder.file("1.fr", "x y\nx\ny z z\n").string(), folder.file("2.fr", "x\nx y x y\n").string()};
  corpus.validation = {{folder.file("val.en", "c d\n").string()}, {folder.file("val.fr", "z q\n").string()}};
  corpus.vocabulary = {VocabularyKind::kWord, PieceAlgorithm::kUnigram, 100, false};
  corpus.max_length = 4;
  return corpus;
}

std::vector<Token> to_vector(std::span<const Token> tokens) {
  return {tokens.begin(), tokens.end()};
}

template <typename Kind>
std::string refusal(const CorpusConfiguration& corpus, const std::filesystem::path& path) {
  try {
    prepare_corpus(corpus, path, kQuiet);
  } catch (const Kind& error) {
    return error.what();
  }
  return "prepared";
}

Vocabularies two_words() {
  const auto words = std::make_shared<WordVocabulary>(std::vector<std::string>{"</s>", "<unk>", "a"});
  return {words, words};
}

/// A corpus file whose training part is just these arrays, on both sides.
void write_raw(const std::filesystem::path& path, std::vector<Token> tokens, std::vector<std::uint64_t> offsets,
               std::uint32_t version = kCorpusFormat.version) {
  FileWriter file(path, {kCorpusFormat.name, version});
  file.write_text("/config", "");
  file.write_text("/text", "");
  write_vocabularies(file, two_words());
  PairCollector(path.parent_path(), 9).write(file, "/validation");
  for (const char* side : {"source", "target"}) {
    file.write<Token>(fmt::format("/train/{}/tokens", side), tokens);
    file.write<std::uint64_t>(fmt::format("/train/{}/offsets", side), offsets);
  }
  for (const char* count : {"read", "kept", "empty", "too_long", "source_unknown", "target_unknown"}) {
    const std::uint64_t value = 1;
    file.write<std::uint64_t>(fmt::format("/train/counts/{}", count), {&value, 1});
  }
  file.commit();
}

/// Memory of the process that no file stands behind, in bytes.
std::int64_t anonymous_memory() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("RssAnon:")) return std::stoll(line.substr(8)) * 1024;
  }
  return 0;
}

}  // namespace

TEST_CASE("a corpus holds the pairs that fit, by token, and counts the others", "[corpus]") {
  const TemporaryFolder folder;
  const PrepareSummary summary = prepare_corpus(small_corpus(folder), folder / "corpus.h5", kQuiet);
  const ParallelCorpus corpus(folder / "corpus.h5");
  CHECK(corpus.digest() == summary.digest);
  const ParallelDataset& train = corpus.train();
  CHECK(train.counts().read == 5);
  CHECK(train.counts().kept == 3);
  CHECK(train.counts().empty == 1);
  CHECK(train.counts().too_long == 1);
  REQUIRE(train.size() == 3);
  // Source words by frequency: a 7, b 3, c 2; target: x 5, y 4, z 2.
  CHECK(corpus.vocabularies().source->pieces() == std::vector<std::string>{"</s>", "<unk>", "a", "b", "c"});
  CHECK(to_vector(train.source()[0]) == std::vector<Token>{2, 3, 4, 0});
  CHECK(to_vector(train.target()[0]) == std::vector<Token>{2, 3, 0});
  CHECK(to_vector(train.source()[1]) == std::vector<Token>{3, 3, 0});
  CHECK(to_vector(train.target()[2]) == std::vector<Token>{2, 3, 2, 3, 0});
  CHECK(train.cost(0) == 7);
  CHECK(train.words(0) == 3);
  CHECK(train.sort_key(0) < train.sort_key(1));
  const std::vector<std::uint64_t> chosen = {2, 0};
  const auto pairs = std::get<SentencePairs>(train.load(chosen));
  CHECK(to_vector(pairs.source[0]) == std::vector<Token>{4, 0});
  CHECK(to_vector(pairs.target[1]) == std::vector<Token>{2, 3, 0});
  const ParallelDataset& validation = corpus.validation();
  REQUIRE(validation.size() == 1);
  CHECK(to_vector(validation.source()[0]) == std::vector<Token>{4, kUnknown, 0});
  CHECK(validation.counts().source_unknown == 1);
  CHECK(validation.counts().target_unknown == 1);
}

TEST_CASE("a corpus keeps the text of the validation pairs that fit, line for line", "[corpus]") {
  const TemporaryFolder folder;
  CorpusConfiguration corpus = small_corpus(folder);
  corpus.validation = {{folder.file("v.en", " c\td \n\nd d d d d\nÉ\u2028!\n").string()},
                       {folder.file("v.fr", "z  q\r\nx\nx\nz\n").string()}};
  prepare_corpus(corpus, folder / "corpus.h5", kQuiet);
  const ParallelCorpus prepared(folder / "corpus.h5");
  REQUIRE(prepared.validation().size() == 2);
  CHECK(prepared.validation_text().source == std::vector<std::string>{" c\td ", "É\u2028!"});
  CHECK(prepared.validation_text().target == std::vector<std::string>{"z  q\r", "z"});

  corpus.validation = {};
  prepare_corpus(corpus, folder / "without.h5", kQuiet);
  CHECK(ParallelCorpus(folder / "without.h5").validation_text().source.empty());
}

TEST_CASE("a corpus of version 1 is read, without validation text", "[corpus]") {
  const TemporaryFolder folder;
  write_raw(folder / "old.h5", {2, 0, 2, 2, 0}, {0, 2, 5}, 1);
  const ParallelCorpus corpus(folder / "old.h5");
  CHECK(corpus.train().size() == 2);
  CHECK(corpus.validation_text().source.empty());
}

TEST_CASE("a corpus is a function of the text and the settings, not of names or places", "[corpus]") {
  const TemporaryFolder here;
  const TemporaryFolder there;
  CorpusConfiguration corpus = small_corpus(here);
  corpus.vocabulary = {VocabularyKind::kSentencePiece, PieceAlgorithm::kUnigram, 12, true};
  CorpusConfiguration moved = small_corpus(there);
  moved.vocabulary = corpus.vocabulary;
  const FileDigest digest = prepare_corpus(corpus, here / "a.h5", kQuiet).digest;
  CHECK(prepare_corpus(moved, there / "b.h5", kQuiet).digest == digest);
  CHECK(is_prepared(moved, here / "a.h5"));
  moved.max_length = 5;
  CHECK_FALSE(is_prepared(moved, here / "a.h5"));
  there.file("2.fr", "x\nx y x z\n");
  moved.max_length = corpus.max_length;
  CHECK_FALSE(is_prepared(moved, here / "a.h5"));
  CHECK_FALSE(is_prepared(corpus, here / "absent.h5"));
  CHECK_FALSE(is_prepared(corpus, here.file("text.h5", "no corpus")));
}

TEST_CASE("bad text ends preparing with file and line, and leaves nothing behind", "[corpus]") {
  const TemporaryFolder folder;
  const TemporaryFolder out;
  CorpusConfiguration corpus = small_corpus(folder);
  const auto check = [&](const std::string& what) {
    CHECK_THAT(refusal<DataError>(corpus, out / "corpus.h5"), ContainsSubstring(what));
    CHECK(std::filesystem::is_empty(out.path()));
  };
  SECTION("invalid UTF-8") {
    folder.file("2.fr", "x\nx\xE9\n");
    check("2.fr:2: byte 2");
  }
  SECTION("sides of different length") {
    folder.file("2.fr", "x\n");
    check("2.en has 2 lines and ");
  }
  SECTION("validation sides of different length") {
    folder.file("val.en", "x\ny\n");
    check("val.en has 2 lines and ");
  }
  SECTION("missing file") {
    corpus.source[1] = (folder / "absent.en").string();
    check("absent.en: can't be opened");
  }
  SECTION("no line") {
    for (const char* name : {"1.en", "1.fr", "2.en", "2.fr"}) folder.file(name, "");
    check("no pair is left of 0");
  }
  SECTION("no pair that fits") {
    folder.file("1.en", "\n\n\n");
    folder.file("2.en", "\na a a a a\n");
    check("no pair is left of 5 (4 with an empty side, 1 over corpus.max_length 4)");
  }
}

TEST_CASE("a corpus file whose arrays contradict each other is refused", "[corpus]") {
  const TemporaryFolder folder;
  const std::filesystem::path path = folder / "corpus.h5";
  const auto refused = [&](std::vector<Token> tokens, std::vector<std::uint64_t> offsets) {
    write_raw(path, std::move(tokens), std::move(offsets));
    try {
      const ParallelCorpus corpus(path);
    } catch (const DataError& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  CHECK(refused({2, 0, 2, 2, 0}, {0, 2, 5}) == "accepted");
  CHECK_THAT(refused({2, 0, 2, 2, 0}, {}), ContainsSubstring("offsets that miss"));
  CHECK_THAT(refused({2, 0, 2, 2, 0}, {0, 2, 6}), ContainsSubstring("offsets that miss"));
  CHECK_THAT(refused({2, 0, 2, 2, 0}, {1, 2, 5}), ContainsSubstring("offsets that miss"));
  CHECK_THAT(refused({2, 0, 2, 2, 0}, {0, 2}), ContainsSubstring("offsets that miss"));
  CHECK_THAT(refused({2, 0, 2, 2, 0}, {0, 2, 2, 5}), ContainsSubstring("do not rise"));
  CHECK_THAT(refused({2, 0, 2, 2, 0}, {0, ~0ULL, 5}), ContainsSubstring("do not rise"));
  CHECK_THAT(refused({2, 0, 2, 2, 0}, {0, 3, 5}), ContainsSubstring("without its end"));
  CHECK_THAT(refused({2, 0, 3, 2, 0}, {0, 2, 5}), ContainsSubstring("outside its vocabulary"));
  CHECK_THAT(refused({2, 0, -1, 2, 0}, {0, 2, 5}), ContainsSubstring("outside its vocabulary"));
}

TEST_CASE("a corpus of another version or of another kind is refused", "[corpus]") {
  const TemporaryFolder folder;
  FileWriter(folder / "newer.h5", {"corpus", kCorpusFormat.version + 1}).commit();
  CHECK_THROWS_WITH(ParallelCorpus(folder / "newer.h5"), ContainsSubstring("newer.h5: is in version 3") &&
                                                             ContainsSubstring("reads versions 1 to 2") &&
                                                             ContainsSubstring("newer Lockstep"));
  FileWriter(folder / "other.h5", {"checkpoint", 1}).commit();
  CHECK_THROWS_WITH(ParallelCorpus(folder / "other.h5"),
                    ContainsSubstring("is a checkpoint file where a corpus file is expected"));
}

TEST_CASE("opening and sampling a corpus of 520,000 pairs takes no memory of its own", "[corpus][.slow]") {
  if (kSanitized) {
    WARN("skipped: a sanitizer keeps memory of its own");
    return;
  }
  const TemporaryFolder folder;
  const auto path = [&](std::uint64_t pairs) { return folder / fmt::format("{}.h5", pairs); };
  for (const std::uint64_t pairs : {1'000U, 520'000U}) {
    PairCollector collector(folder.path(), 50);
    std::vector<Token> sentence;
    for (std::uint64_t i = 0; i < pairs; ++i) {
      sentence.assign(1 + i * 7919 % 45, 2);
      collector.add(sentence, sentence);
    }
    FileWriter file(path(pairs), kCorpusFormat);
    file.write_text("/config", "");
    file.write_text("/text", "");
    write_vocabularies(file, two_words());
    collector.write(file, "/train");
    PairCollector(folder.path(), 50).write(file, "/validation");
    file.commit();
  }
  const auto use = [](const ParallelCorpus& corpus) {
    Sampler sampler(corpus.train(), {1, 8, 10, 10});
    std::uint64_t words = 0;
    for (std::uint64_t i = 0; i < sampler.batches_per_epoch(); i += 10) words += sampler.batch(0, i).words;
    return words;
  };
  CHECK(use(ParallelCorpus(path(1'000))) > 0);  // so that the allocator and HDF5 have what they keep
  const std::int64_t before = anonymous_memory();
  const ParallelCorpus corpus(path(520'000));
  CHECK(use(corpus) > 0);
  const std::int64_t grown = anonymous_memory() - before;
  CAPTURE(grown);
  CHECK(corpus.train().size() == 520'000);
  CHECK(grown < 1'000'000);
}

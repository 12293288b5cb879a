#include "framework/inspection/alignments_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "framework/core/errors.h"
#include "tests/support/catch.h"
#include "tests/support/file_bytes.h"
#include "tests/support/sample_alignments.h"
#include "tests/temporary_folder.h"

using namespace lockstep;
using Catch::Matchers::ContainsSubstring;

namespace {

void check_equal(const AlignedSentence& read, const AlignedSentence& written) {
  CHECK(read.line == written.line);
  CHECK(read.score == written.score);
  CHECK(read.source_text == written.source_text);
  CHECK(read.target_text == written.target_text);
  CHECK(read.source == written.source);
  CHECK(read.target == written.target);
  CHECK(read.alignment.rows == written.alignment.rows);
  CHECK(read.alignment.columns == written.alignment.columns);
  CHECK(read.alignment.weights == written.alignment.weights);
}

/// An alignments file with arrays of one's own: sound unless told otherwise.
struct RawFile {
  std::vector<double> score = {0, 0};
  std::vector<std::string> text = {"a", "b"};
  std::vector<std::uint32_t> tokens = {0, 1, 1};
  std::vector<std::uint64_t> begin = {0, 1, 3};
  std::vector<std::uint64_t> alpha_begin = {0, 1, 5};

  /// The message of the DataError that reading all of it throws, or "read".
  [[nodiscard]] std::string refusal(const std::filesystem::path& path) const {
    FileWriter file(path, kAlignmentsFormat);
    file.write_text("/kind", "forced");
    file.write_texts("/checkpoints", {});
    file.write_text("/settings", "");
    file.write<std::uint64_t>("/line", std::vector<std::uint64_t>{0, 1});
    file.write<double>("/score", score);
    for (const std::string side : {"/source", "/target"}) {
      file.write_texts(side + "/text", text);
      file.write_texts(side + "/vocabulary", std::vector<std::string>{"x", "y"});
      file.write<std::uint32_t>(side + "/tokens", tokens);
      file.write<std::uint64_t>(side + "/begin", begin);
    }
    file.write<float>("/alpha/values", std::vector<float>{1, 1, 0, 0, 1});
    file.write<std::uint64_t>("/alpha/begin", alpha_begin);
    file.commit();
    try {
      const AlignmentsReader reader(path);
      for (std::size_t k = 0; k < reader.size(); ++k) (void)reader.read(k);
    } catch (const DataError& error) {
      return error.what();
    }
    return "read";
  }
};

}  // namespace

TEST_CASE("Alignments are read back as they were added, in any order", "[alignments]") {
  const TemporaryFolder folder;
  std::vector<AlignedSentence> sentences = {two_dogs(), diagonal(1, 1), AlignedSentence{}, diagonal(60, 47)};
  sentences[2].line = 9;
  sentences[2].source = {kEndOfSentenceText};
  sentences[2].alignment = {0, 1, {}};
  for (std::size_t i = 0; i < 600; ++i) {
    sentences.push_back(diagonal(1 + i % 5, 1 + i % 7));
    sentences.back().source_text += fmt::format(" été 狗 {}", i);
  }
  write_alignments(folder / "a.h5", sentences);
  const AlignmentsReader reader(folder / "a.h5");
  CHECK(reader.info().kind == "translation");
  CHECK(reader.info().checkpoints == std::vector<std::string>{"runs/a/best.h5", "runs/b/best.h5"});
  CHECK(reader.info().settings == "beam 12");
  REQUIRE(reader.size() == sentences.size());
  for (std::size_t i = 0; i < sentences.size(); ++i) {
    const std::size_t k = i * 257 % sentences.size();
    check_equal(reader.read(k), sentences[k]);
  }
}

TEST_CASE("A file without sentences is a file", "[alignments]") {
  const TemporaryFolder folder;
  write_alignments(folder / "a.h5", {});
  CHECK(AlignmentsReader(folder / "a.h5").size() == 0);
}

TEST_CASE("A NUL in a text becomes U+FFFD, since HDF5's texts end there", "[alignments]") {
  const TemporaryFolder folder;
  AlignedSentence sentence = two_dogs();
  sentence.source_text = std::string("a\0b", 3);
  write_alignments(folder / "a.h5", {sentence});
  CHECK(AlignmentsReader(folder / "a.h5").read(0).source_text == "a\uFFFDb");
}

TEST_CASE("A matrix of another shape than its tokens is a bug of the caller", "[alignments]") {
  const TemporaryFolder folder;
  AlignedSentence sentence = two_dogs();
  sentence.target.pop_back();
  AlignmentsWriter writer(folder / "a.h5", {});
  CHECK_THROWS_AS(writer.add(sentence), std::invalid_argument);
}

TEST_CASE("Alignments that aren't committed leave nothing behind", "[alignments]") {
  const TemporaryFolder folder;
  {
    AlignmentsWriter writer(folder / "a.h5", {"forced", {}, ""});
    writer.add(two_dogs());
  }
  CHECK(std::filesystem::is_empty(folder.path()));
  CHECK_THROWS_WITH(AlignmentsWriter(folder / "absent" / "a.h5", {}), ContainsSubstring("a.h5: can't be written"));
}

TEST_CASE("An alignments file whose arrays contradict each other is refused", "[alignments]") {
  const TemporaryFolder folder;
  const std::filesystem::path path = folder / "a.h5";
  CHECK(RawFile{}.refusal(path) == "read");
  RawFile raw;
  SECTION("scores") {
    raw.score.pop_back();
    CHECK_THAT(raw.refusal(path), ContainsSubstring("/score has not one value"));
  }
  SECTION("texts") {
    raw.text.pop_back();
    CHECK_THAT(raw.refusal(path), ContainsSubstring("/source/text has not one text"));
  }
  SECTION("a token that is none") {
    raw.tokens = {0, 2, 1};
    CHECK_THAT(raw.refusal(path), ContainsSubstring("/source has tokens outside their vocabulary; make it again with"));
  }
  SECTION("offsets that are too few") {
    raw.begin = {0, 3};
    CHECK_THAT(raw.refusal(path), ContainsSubstring("/source/begin has not one offset more"));
  }
  SECTION("offsets that end behind the values") {
    raw.begin = {0, 1, 4};
    CHECK_THAT(raw.refusal(path), ContainsSubstring("/source/begin has offsets that miss"));
  }
  SECTION("offsets that fall") {
    raw.alpha_begin = {0, ~0ULL, 5};
    CHECK_THAT(raw.refusal(path), ContainsSubstring("/alpha/begin has offsets that miss"));
  }
  SECTION("a matrix of another size than its tokens") {
    raw.alpha_begin = {0, 2, 5};
    CHECK_THAT(raw.refusal(path), ContainsSubstring("/alpha/begin gives sentence 1 a matrix that misses its tokens"));
  }
}

TEST_CASE("The six lines of h5py in README.md give one matrix", "[alignments]") {
  if (std::system("/usr/bin/python3 -c 'import h5py' 2>/dev/null") != 0) {
    WARN("skipped: Debian's python3-h5py is not here");
    return;
  }
  const TemporaryFolder folder;
  write_alignments(folder / "alignments.h5", {two_dogs(), diagonal(2, 5)});
  const std::string readme = read_bytes(std::filesystem::path(LOCKSTEP_SOURCE_DIR) / "README.md");
  const std::string fence = "```python\n";
  const std::size_t begin = readme.find(fence + "import h5py") + fence.size();
  const std::string lines = readme.substr(begin, readme.find("```", begin) - begin);
  CHECK(std::count(lines.begin(), lines.end(), '\n') == 6);
  folder.file("one.py",
              lines +
                  "assert words(f['source']) == ['Two', 'dogs', 'play', '</s>'], words(f['source'])\n"
                  "assert words(f['target']) == ['Deux', 'chiens', '</s>']\n"
                  "assert alpha.tolist() == [[.875, .125, 0, 0], [.0625, .75, .1875, 0], [0, 0, .5, .5]], alpha\n"
                  "assert f['source/text'].asstr()[k] == 'Two dogs play'\n"
                  "assert f['score'][k] == -1.25 and f['line'][k] == 4\n");
  const std::string command = fmt::format("cd '{}' && /usr/bin/python3 one.py", folder.path().string());
  CHECK(std::system(command.c_str()) == 0);
}

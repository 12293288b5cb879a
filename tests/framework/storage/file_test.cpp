#include "framework/storage/file.h"

#include <algorithm>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "framework/core/errors.h"
#include "tests/support/catch.h"
#include "tests/support/file_bytes.h"
#include "tests/temporary_folder.h"

using namespace lockstep;
using Catch::Matchers::ContainsSubstring;

namespace {

constexpr FileFormat kFormat{"trial", 3, "make the trial again"};

FileDigest write_trial(const std::filesystem::path& path, FileFormat format = kFormat) {
  FileWriter writer(path, format);
  const std::vector<float> weights = {1, 2, 3, 4, 5, 6};
  const std::uint64_t shape[] = {2, 3};
  writer.write<float>("/model/encoder/W", weights, shape);
  const std::vector<std::int32_t> tokens = {7, 0, 9};
  writer.write<std::int32_t>("/tokens", tokens);
  writer.write<std::uint8_t>("/empty", {});
  writer.write_text("/config", "run: été\n");
  const std::vector<std::string> words = {"</s>", "<unk>", "été", ""};
  writer.write_texts("/words", words);
  return writer.commit();
}

std::string refusal(const std::filesystem::path& path, FileFormat format = kFormat) {
  try {
    const FileReader reader(path, format);
  } catch (const DataError& error) {
    return error.what();
  }
  return "accepted";
}

}  // namespace

TEST_CASE("what was written is read back", "[storage]") {
  const TemporaryFolder folder;
  const FileDigest digest = write_trial(folder / "a.h5");
  const FileReader reader(folder / "a.h5", kFormat);
  CHECK(reader.digest() == digest);
  CHECK(reader.read<float>("/model/encoder/W") == std::vector<float>{1, 2, 3, 4, 5, 6});
  CHECK(reader.shape("/model/encoder/W") == std::vector<std::uint64_t>{2, 3});
  CHECK(reader.read<std::int32_t>("/tokens") == std::vector<std::int32_t>{7, 0, 9});
  CHECK(reader.read<std::uint8_t>("/empty").empty());
  CHECK(reader.read_text("/config") == "run: été\n");
  CHECK(reader.read_texts("/words") == std::vector<std::string>{"</s>", "<unk>", "été", ""});
  CHECK(reader.list("/") == std::vector<std::string>{"config", "empty", "model", "tokens", "words"});
  CHECK(reader.list("/model") == std::vector<std::string>{"encoder"});
  CHECK(reader.has("/model/encoder/W"));
  CHECK_FALSE(reader.has("/model/decoder/W"));
  CHECK(file_format_name(folder / "a.h5") == "trial");
  CHECK_FALSE(std::filesystem::exists(folder / "a.h5.tmp"));
}

TEST_CASE("equal contents make equal bytes, other contents another digest", "[storage]") {
  const TemporaryFolder folder;
  const FileDigest first = write_trial(folder / "a.h5");
  CHECK(write_trial(folder / "b.h5") == first);
  CHECK(read_bytes(folder / "a.h5") == read_bytes(folder / "b.h5"));
  CHECK_FALSE(write_trial(folder / "c.h5", {"trial", 4}) == first);
}

TEST_CASE("the digest is XXH3 of the file with the digest's place zero", "[storage]") {
  const TemporaryFolder folder;
  const FileDigest digest = write_trial(folder / "a.h5");
  std::string bytes = read_bytes(folder / "a.h5");
  bytes.replace(64, 16, std::string(16, '\0'));
  write_bytes(folder / "zeroed", bytes);
  CHECK(digest_of_file(folder / "zeroed") == digest);
}

TEST_CASE("a dataset is written and read in parts across its rows", "[storage]") {
  const TemporaryFolder folder;
  const std::vector<std::uint64_t> shape = {3, 4, 5};
  std::vector<std::int64_t> values(60);
  std::iota(values.begin(), values.end(), 100);
  const auto cut = GENERATE(1U, 3U, 7U, 20U, 23U, 59U);
  {
    FileWriter writer(folder / "a.h5", kFormat);
    writer.create("/cube", ElementType::kInt64, shape);
    for (std::size_t at = 0; at < values.size(); at += cut) {
      const std::size_t count = std::min<std::size_t>(cut, values.size() - at);
      writer.write_part<std::int64_t>("/cube", at, std::span(values).subspan(at, count));
    }
    writer.commit();
  }
  const FileReader reader(folder / "a.h5", kFormat);
  CHECK(reader.read<std::int64_t>("/cube") == values);
  for (std::size_t at = 0; at + cut <= values.size(); ++at) {
    std::vector<std::int64_t> part(cut);
    reader.read_part<std::int64_t>("/cube", at, part);
    CHECK(std::equal(part.begin(), part.end(), values.begin() + static_cast<std::ptrdiff_t>(at)));
  }
  std::vector<std::int64_t> part(2);
  CHECK_THROWS_AS(reader.read_part<std::int64_t>("/cube", 59, part), DataError);
}

TEST_CASE("mapped arrays equal what was written and outlive their reader", "[storage]") {
  const TemporaryFolder folder;
  std::vector<std::int32_t> tokens(70001);
  std::iota(tokens.begin(), tokens.end(), 0);
  const std::vector<std::uint64_t> offsets = {0, 3, 70001};
  {
    FileWriter writer(folder / "a.h5", kFormat);
    writer.write<std::uint8_t>("/odd", std::vector<std::uint8_t>{1, 2, 3});
    writer.write<std::int32_t>("/tokens", tokens);
    writer.write<std::uint64_t>("/offsets", offsets);
    writer.write<std::uint64_t>("/none", {});
    writer.commit();
  }
  MappedArray<std::int32_t> mapped_tokens;
  MappedArray<std::uint64_t> mapped_offsets;
  MappedArray<std::uint64_t> none;
  {
    const FileReader reader(folder / "a.h5", kFormat);
    mapped_tokens = reader.map<std::int32_t>("/tokens");
    mapped_offsets = reader.map<std::uint64_t>("/offsets");
    none = reader.map<std::uint64_t>("/none");
    CHECK_THROWS_AS(reader.map<float>("/tokens"), DataError);
  }
  CHECK(std::ranges::equal(mapped_tokens.values(), tokens));
  CHECK(std::ranges::equal(mapped_offsets.values(), offsets));
  CHECK(none.values().empty());
  mapped_tokens.release_pages();
  CHECK(std::ranges::equal(mapped_tokens.values(), tokens));
}

TEST_CASE("a bit flipped anywhere is noticed", "[storage]") {
  const TemporaryFolder folder;
  write_trial(folder / "a.h5");
  const std::string good = read_bytes(folder / "a.h5");
  std::mt19937 random(1);
  for (int trial = 0; trial < 400; ++trial) {
    std::string bad = good;
    // Every bit of the user block's fields, then places all over the file.
    const std::size_t place = trial < 96 ? static_cast<std::size_t>(trial) : random() % good.size();
    bad[place] = static_cast<char>(bad[place] ^ (1 << random() % 8));
    write_bytes(folder / "bad.h5", bad);
    INFO("byte " << place);
    CHECK_THAT(refusal(folder / "bad.h5"), ContainsSubstring("bad.h5: "));
  }
}

TEST_CASE("a file cut or lengthened anywhere is noticed", "[storage]") {
  const TemporaryFolder folder;
  write_trial(folder / "a.h5");
  const std::string good = read_bytes(folder / "a.h5");
  for (std::size_t length = 0; length < good.size(); length += 1 + length / 7) {
    write_bytes(folder / "bad.h5", good.substr(0, length));
    INFO("length " << length);
    CHECK_THAT(refusal(folder / "bad.h5"), ContainsSubstring("bad.h5: ") && ContainsSubstring("make the trial again"));
  }
  write_bytes(folder / "bad.h5", good + "x");
  CHECK_THAT(refusal(folder / "bad.h5"), ContainsSubstring("damaged"));
}

TEST_CASE("another format, another version or no file of ours is refused with what to do", "[storage]") {
  const TemporaryFolder folder;
  write_trial(folder / "a.h5");
  CHECK_THAT(refusal(folder / "a.h5", {"corpus", 3}),
             ContainsSubstring("a trial file where a corpus file is expected"));
  CHECK_THAT(refusal(folder / "a.h5", {"trial", 2}),
             ContainsSubstring("is in version 3") && ContainsSubstring("newer Lockstep"));
  CHECK_THAT(refusal(folder / "a.h5", {"trial", 4, "do it again"}), ContainsSubstring("is in version 3") &&
                                                                        ContainsSubstring("reads version 4") &&
                                                                        ContainsSubstring("do it again"));
  CHECK_NOTHROW(FileReader(folder / "a.h5", {"trial", 5, "do it again", 3}));
  CHECK_THAT(refusal(folder / "a.h5", {"trial", 5, "do it again", 4}), ContainsSubstring("is in version 3") &&
                                                                           ContainsSubstring("reads versions 4 to 5") &&
                                                                           ContainsSubstring("do it again"));
  folder.file("text", "Two young men.\n");
  CHECK_THAT(refusal(folder / "text"), ContainsSubstring("is not a trial file of Lockstep"));
  CHECK_FALSE(file_format_name(folder / "text").has_value());
  CHECK_THAT(refusal(folder / "absent"), ContainsSubstring("absent: can't be opened: No such file"));
  CHECK_THAT(refusal(folder.path()), ContainsSubstring("is a folder"));
  CHECK_THROWS_AS(file_format_name(folder / "absent"), DataError);
}

TEST_CASE("an absent dataset and one of another type are data errors", "[storage]") {
  const TemporaryFolder folder;
  write_trial(folder / "a.h5");
  const FileReader reader(folder / "a.h5", kFormat);
  CHECK_THROWS_AS(reader.read<float>("/model/decoder/W"), DataError);
  CHECK_THROWS_AS(reader.read<float>("/tokens"), DataError);
  CHECK_THROWS_AS(reader.read<std::uint32_t>("/tokens"), DataError);
  CHECK_THROWS_AS(reader.read_text("/words"), DataError);
  CHECK_THROWS_AS(reader.read_texts("/tokens"), DataError);
  CHECK_THROWS_AS(reader.list("/nothing"), DataError);
  CHECK_THROWS_AS(reader.shape("/nothing"), DataError);
}

TEST_CASE("a writer that never commits leaves what was there before", "[storage]") {
  const TemporaryFolder folder;
  write_trial(folder / "a.h5");
  const std::string before = read_bytes(folder / "a.h5");
  {
    FileWriter writer(folder / "a.h5", kFormat);
    writer.write<std::int32_t>("/tokens", std::vector<std::int32_t>(100000, 1));
  }
  CHECK(read_bytes(folder / "a.h5") == before);
  CHECK_FALSE(std::filesystem::exists(folder / "a.h5.tmp"));
}

#include "framework/decoding/best_words.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "framework/numeric/best_of_row.h"
#include "framework/numeric/philox.h"
#include "tests/support/catch.h"

using namespace lockstep;

TEST_CASE("The best words are those a sort puts in front, equal ones by number", "[decoding]") {
  const std::size_t size = GENERATE(1, 2, 7, 255, 256, 257, 1000, 8000);
  const std::uint32_t different = GENERATE(1, 50, 1000000);
  std::vector<float> values(size);
  const RandomStream stream(3, RandomPurpose::kPermutation, 1, static_cast<std::uint32_t>(size));
  for (std::size_t i = 0; i < size; ++i)  // of few different values many are equal
    values[i] = static_cast<float>(stream.block(static_cast<std::uint32_t>(i))[0] % different);
  std::vector<Token> sorted(size);
  std::iota(sorted.begin(), sorted.end(), Token{0});
  std::stable_sort(sorted.begin(), sorted.end(), [&](Token a, Token b) {
    return values[static_cast<std::size_t>(a)] > values[static_cast<std::size_t>(b)];
  });
  BestWords best;
  for (const std::size_t count : {std::size_t{0}, std::size_t{1}, std::size_t{6}, std::size_t{700}, size, size + 1}) {
    const std::span<const Token> found = best.find(values, count);
    CHECK(std::vector<Token>(found.begin(), found.end()) ==
          std::vector<Token>(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(std::min(count, size))));
  }
}

TEST_CASE("A value that is no number is found, wherever it stands", "[decoding]") {
  const std::size_t size = GENERATE(20, 1000);
  for (const std::size_t place : {std::size_t{0}, std::size_t{5}, size - 1}) {
    std::vector<float> values(size, 1.0F);
    values[place] = std::numeric_limits<float>::quiet_NaN();
    BestWords best;
    CHECK(best.find(values, 3).front() == static_cast<Token>(place));
  }
}

TEST_CASE("With known peaks words below a floor are left out, and those at it are not", "[decoding]") {
  std::vector<float> values(600);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = -static_cast<float>((i * 7) % 600);
  std::vector<float> peaks(peak_count(values.size()));
  bool not_a_number = true;
  row_peaks(RowPeaks<float>{values.data(), values.size(), peaks.data(), &not_a_number});
  CHECK(!not_a_number);
  BestWords best;
  for (const float floor : {1.0F, 0.0F, -2.0F, -2.5F, -400.0F}) {
    const std::span<const Token> found = best.find(values, peaks, 4, floor);
    REQUIRE(found.size() == static_cast<std::size_t>(std::ranges::count_if(
                                std::vector<float>{0, -1, -2, -3}, [&](float value) { return value >= floor; })));
    for (std::size_t k = 0; k < found.size(); ++k)
      CHECK(values[static_cast<std::size_t>(found[k])] == -static_cast<float>(k));
  }
}

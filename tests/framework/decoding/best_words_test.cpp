#include "framework/decoding/best_words.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <limits>
#include <numeric>

#include "framework/numeric/philox.h"

using namespace lockstep;

TEST_CASE("The best words are those a sort puts in front, equal ones by number", "[decoding]") {
  const std::size_t size = GENERATE(1, 2, 7, 1000);
  std::vector<float> values(size);
  const RandomStream stream(3, RandomPurpose::kPermutation, 1, static_cast<std::uint32_t>(size));
  for (std::size_t i = 0; i < size; ++i)  // few different values, so that many are equal
    values[i] = static_cast<float>(stream.block(static_cast<std::uint32_t>(i))[0] % 50);
  std::vector<Token> sorted(size);
  std::iota(sorted.begin(), sorted.end(), Token{0});
  std::stable_sort(sorted.begin(), sorted.end(), [&](Token a, Token b) {
    return values[static_cast<std::size_t>(a)] > values[static_cast<std::size_t>(b)];
  });
  BestWords best;
  for (const std::size_t count : {std::size_t{1}, std::size_t{2}, std::size_t{6}, size, size + 1}) {
    const std::span<const Token> found = best.find(values, count);
    CHECK(std::vector<Token>(found.begin(), found.end()) ==
          std::vector<Token>(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(std::min(count, size))));
  }
}

TEST_CASE("A value that is no number is found, wherever it stands", "[decoding]") {
  for (const std::size_t place : {0U, 5U, 19U}) {
    std::vector<float> values(20, 1.0F);
    values[place] = std::numeric_limits<float>::quiet_NaN();
    BestWords best;
    CHECK(best.find(values, 3).front() == static_cast<Token>(place));
  }
}

#include "framework/decoding/dealt_batches.h"

#include <algorithm>
#include <numeric>

#include "tests/support/catch.h"

using namespace lockstep;

TEST_CASE("Batches hold neighbours in length, the longest first, and every sentence once", "[decoding]") {
  const std::vector<BatchShare> shares = {{3, 3, 9}, {0, 0, 0}, {7, 7, 49}, {5, 5, 25}, {7, 7, 49}, {1, 1, 1}};
  CHECK(cut_batches(shares, 2) == Batches{{2, 4}, {3, 0}, {5}});
  CHECK(cut_batches({}, 2).empty());
}

TEST_CASE("Long sentences make smaller batches, one sentence at least", "[decoding]") {
  const std::size_t tokens = GENERATE(100, 1000, 5000, 20000);
  const std::vector<BatchShare> shares(300, BatchShare{tokens, tokens, tokens * 15});
  std::size_t sentences = 0;
  for (const std::vector<std::size_t>& batch : cut_batches(shares, 128)) {
    CHECK(!batch.empty());
    CHECK((batch.size() == 1 || batch.size() * tokens <= 8192));
    sentences += batch.size();
  }
  CHECK(sentences == shares.size());
}

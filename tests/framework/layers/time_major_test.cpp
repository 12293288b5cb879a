#include "framework/layers/time_major.h"

#include "tests/support/catch.h"

using lockstep::TimeMajor;

TEST_CASE("Words stand step by step, longest sentence first, and finished sentences leave", "[layers]") {
  TimeMajor words;
  words.assign(std::vector<std::size_t>{2, 4, 1, 4});
  CHECK(words.sentences() == 4);
  CHECK(words.steps() == 4);
  CHECK(words.rows() == 11);
  CHECK(words.sentence(0) == 1);
  CHECK(words.sentence(1) == 3);
  CHECK(words.sentence(2) == 0);
  CHECK(words.sentence(3) == 2);
  for (std::size_t k = 0; k < 4; ++k) CHECK(words.place(words.sentence(k)) == k);
  CHECK(words.active(0) == 4);
  CHECK(words.active(1) == 3);
  CHECK(words.active(2) == 2);
  CHECK(words.active(3) == 2);
  CHECK(words.row(1, 2) == 6);
  CHECK(words.row(3, 1) == 10);

  words.assign(std::vector<std::size_t>{1});
  CHECK(words.rows() == 1);
  CHECK(words.steps() == 1);
  words.assign({});
  CHECK(words.rows() == 0);
  CHECK(words.steps() == 0);
}

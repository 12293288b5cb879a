#include "framework/parallel/gradient_array.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "framework/parallel/fold_plan.h"
#include "tests/support/catch.h"

using namespace lockstep;

namespace {

/// An array of 40 elements with rows of 4 at 10 … 29, of which some are there.
struct Owned {
  Owned(const GradientShape& shape, float first, const std::vector<std::int32_t>& rows)
      : values(shape.elements(), 0.0F), marks(shape.mark_words(), 0) {
    array = {values.data(), marks.data(), 0};
    shape.mark(array, 0, rows);
    for (std::size_t i = 0; i < values.size(); ++i) {
      const bool in_rows = i >= 10 && i < 30;
      const auto row = static_cast<std::int32_t>((i - 10) / 4);
      if (!in_rows || std::count(rows.begin(), rows.end(), row) > 0) values[i] = first + static_cast<float>(i);
    }
  }
  Owned(const Owned&) = delete;
  std::vector<float> values;
  std::vector<std::uint64_t> marks;
  GradientArray array;
};

const std::vector<RowBlock> kBlocks = {{10, 5, 4}};

}  // namespace

TEST_CASE("Adding takes a row that one side has as it is, adds where both have it, and leaves the others alone",
          "[parallel]") {
  const GradientShape shape(40, kBlocks);
  Owned left(shape, 100, {0, 2});
  const Owned right(shape, 1000, {2, 3, -1});
  shape.add(left.array, right.array, 0, 40);
  for (std::size_t i = 0; i < 40; ++i) {
    const auto at = static_cast<float>(i);
    const std::size_t row = i < 10 || i >= 30 ? 2 : (i - 10) / 4;
    const float expected = row == 0 ? 100 + at : row == 2 ? 1100 + 2 * at : row == 3 ? 1000 + at : 0;
    CHECK(left.values[i] == expected);
  }
}

TEST_CASE("A range in the middle of rows is added alone", "[parallel]") {
  const GradientShape shape(40, kBlocks);
  Owned left(shape, 0, {1});
  const Owned right(shape, 500, {1});
  shape.add(left.array, right.array, 15, 17);
  CHECK(left.values[14] == 14);
  CHECK(left.values[15] == 530);
  CHECK(left.values[16] == 532);
  CHECK(left.values[17] == 17);
}

TEST_CASE("What is packed comes out the same, and takes only the bytes of what is there", "[parallel]") {
  for (const SumPrecision precision : {SumPrecision::kFloat32, SumPrecision::kBfloat16}) {
    const GradientShape shape(40, kBlocks, precision);
    const Owned from(shape, 3, {0, 4});
    Owned to(shape, -7, {0, 4});
    const std::size_t size = precision == SumPrecision::kFloat32 ? 4 : 2;
    // Of elements 5 … 29: five, row 0, row 4.
    REQUIRE(shape.packed_bytes(from.marks.data(), 5, 30) == (5 + 4 + 4) * size);
    std::vector<std::byte> message((5 + 4 + 4) * size);
    shape.pack(from.array, 5, 30, message.data());
    shape.unpack(message.data(), to.array, 5, 30);
    for (std::size_t i = 5; i < 30; ++i) CHECK(to.values[i] == from.values[i]);
    CHECK(to.values[4] == -3);
    CHECK(to.values[30] == 23);
  }
}

TEST_CASE("Sums in bfloat16 are rounded to the nearest, ties to even, and keep NaN and infinity", "[parallel]") {
  const GradientShape shape(6, {}, SumPrecision::kBfloat16);
  const float inf = std::numeric_limits<float>::infinity();
  const float nan = std::numeric_limits<float>::quiet_NaN();
  // 2^-8 is half of the last place of 1: to even. A little more goes up.
  std::vector<float> left = {1, 1, 257, inf, nan, std::numeric_limits<float>::max()};
  const std::vector<float> right = {0.00390625F, 0.0078125F, 0, 1, 1, 0};
  std::vector<float> right_copy = right;
  shape.add({left.data(), nullptr, 0}, {right_copy.data(), nullptr, 0}, 0, 6);
  CHECK(left[0] == 1);
  CHECK(left[1] == 1.0078125F);
  CHECK(left[2] == 256);
  CHECK(left[3] == inf);
  CHECK(std::isnan(left[4]));
  CHECK(left[5] == inf);
}

TEST_CASE("Clearing leaves zeros in rows that were there, and no marks", "[parallel]") {
  const GradientShape shape(40, kBlocks);
  Owned owned(shape, 5, {1, 3});
  shape.clear(owned.array);
  for (std::size_t i = 10; i < 30; ++i) CHECK(owned.values[i] == 0);
  CHECK(owned.values[9] == 14);
  CHECK(owned.marks == std::vector<std::uint64_t>(1, 0));
}

TEST_CASE("Rows that aren't marked become zeros, and nothing else", "[parallel]") {
  const GradientShape shape(40, kBlocks);
  Owned owned(shape, 5, {1, 3});
  const std::vector<float> before(owned.values.begin(), owned.values.end());
  shape.zero_other_rows(owned.array);
  const auto kept = [](std::size_t i) { return i < 10 || (i >= 14 && i < 18) || (i >= 22 && i < 26) || i >= 30; };
  for (std::size_t i = 0; i < 40; ++i) CHECK(owned.values[i] == (kept(i) ? before[i] : 0));
}

TEST_CASE("A plan folds what are neighbours in the tree and leaves the others", "[parallel]") {
  const GradientShape shape(40, kBlocks);
  std::vector<std::unique_ptr<Owned>> leaves;
  std::vector<Subtree> subtrees;
  // Shards 1 … 5 of 8: 1 stands alone, 2 and 3 are neighbours, 4 and 5 too.
  for (std::size_t shard = 1; shard <= 5; ++shard) {
    leaves.push_back(std::make_unique<Owned>(shape, static_cast<float>(100 * shard),
                                             std::vector<std::int32_t>{static_cast<std::int32_t>(shard % 5)}));
    subtrees.push_back({{0, shard}, leaves.back()->array});
  }
  FoldPlan plan(shape);
  for (int time = 0; time < 2; ++time) plan.make(subtrees);
  REQUIRE(plan.sums().size() == 3);
  CHECK(plan.sums()[0].node == TreeNode{0, 1});
  CHECK(plan.sums()[1].node == TreeNode{1, 1});
  CHECK(plan.sums()[2].node == TreeNode{1, 2});
  plan.run(0, 40);
  CHECK(leaves[1]->values[0] == 500);
  CHECK(leaves[3]->values[39] == 978);
  CHECK(leaves[1]->values[10 + 3 * 4] == 322);  // row 3 came from shard 3
  CHECK(plan.sums()[1].value.marks[0] == 0b01100);
  CHECK(leaves[1]->marks[0] == 0b00100);  // as it was
}

#include "framework/parallel/shard_tree.h"

#include "framework/core/errors.h"
#include "framework/parallel/slices.h"
#include "tests/support/catch.h"

namespace lockstep {

TEST_CASE("every shard belongs to exactly one rank, and no rank is idle", "[parallel]") {
  for (std::size_t shards = 1; shards <= 64; shards *= 2) {
    for (int ranks = 1; ranks <= static_cast<int>(shards); ++ranks) {
      std::size_t next = 0;
      for (int rank = 0; rank < ranks; ++rank) {
        const ShardRange range = shards_of_rank(rank, ranks, shards);
        REQUIRE(range.begin == next);
        REQUIRE(range.end > range.begin);
        next = range.end;
      }
      REQUIRE(next == shards);
    }
  }
}

TEST_CASE("complete subtrees cover a run of shards once, and no two of them are siblings", "[parallel]") {
  for (std::size_t begin = 0; begin < 32; ++begin) {
    for (std::size_t end = begin + 1; end <= 32; ++end) {
      const std::vector<TreeNode> nodes = complete_subtrees({begin, end});
      std::size_t next = begin;
      for (std::size_t i = 0; i < nodes.size(); ++i) {
        REQUIRE(nodes[i].index << nodes[i].level == next);
        next = (nodes[i].index + 1) << nodes[i].level;
        if (i > 0 && nodes[i].level == nodes[i - 1].level) REQUIRE(nodes[i].index % 2 == 0);
      }
      REQUIRE(next == end);
      REQUIRE(nodes.size() <= 10);
    }
  }
  CHECK(complete_subtrees({0, 8}) == std::vector<TreeNode>{{3, 0}});
  CHECK(complete_subtrees({3, 8}) == std::vector<TreeNode>{{0, 3}, {2, 1}});
  CHECK(complete_subtrees({3, 8}, 2) == std::vector<TreeNode>{{0, 3}, {1, 2}, {1, 3}});
  CHECK(complete_subtrees({0, 3}, 1) == std::vector<TreeNode>{{0, 0}, {0, 1}, {0, 2}});
  CHECK(shards_below({2, 3}).begin == 12);
  CHECK(shards_below({2, 3}).end == 16);
}

TEST_CASE("more ranks than shards are refused with both numbers and a way out", "[parallel]") {
  CHECK_NOTHROW(check_shards(8, 8));
  CHECK_THROWS_AS(check_shards(12, 1), ConfigError);
  CHECK_THROWS_AS(check_shards(0, 1), ConfigError);
  try {
    check_shards(4, 6);
    FAIL("6 ranks were accepted for 4 shards");
  } catch (const ConfigError& error) {
    const std::string message = error.what();
    CHECK(message.find("6 ranks") != std::string::npos);
    CHECK(message.find("training.shards is 4") != std::string::npos);
    CHECK(message.find("training.shards=8") != std::string::npos);
    CHECK(message.find("mpirun -n 4") != std::string::npos);
  }
}

TEST_CASE("slices are whole blocks that cover the padded array", "[parallel]") {
  for (const std::size_t elements : {std::size_t{1}, kSliceBlock, kSliceBlock + 1, 7 * kSliceBlock}) {
    for (int ranks = 1; ranks <= 9; ++ranks) {
      const Slices slices(elements, ranks);
      std::size_t next = 0;
      for (int rank = 0; rank < ranks; ++rank) {
        const Slices::Slice slice = slices.of_rank(rank);
        REQUIRE(slice.begin == next);
        REQUIRE(slice.size() % kSliceBlock == 0);
        next = slice.end;
      }
      REQUIRE(next == slices.padded());
      REQUIRE(next >= elements);
    }
  }
}

}  // namespace lockstep

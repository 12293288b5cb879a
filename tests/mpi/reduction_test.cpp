#include <catch2/catch.hpp>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

#include "framework/parallel/slice_exchange.h"
#include "framework/parallel/tree_accumulator.h"
#include "tests/mpi/world.h"

namespace lockstep {
namespace {

/// Gradient element of a shard: values of very different size, so that another order of additions shows in the bits.
float gradient_of(std::size_t shard, std::size_t element) {
  std::uint64_t x = shard * 0x9E3779B97F4A7C15ULL + element * 0xBF58476D1CE4E5B9ULL + 1;
  x ^= x >> 30;
  x *= 0x94D049BB133111EBULL;
  x ^= x >> 31;
  const float fraction = static_cast<float>(x >> 40) / static_cast<float>(1 << 24) - 0.5F;
  const int exponent = static_cast<int>(x % 17) - 8;
  return std::ldexp(fraction, exponent);
}

/// The definition: the sum over shards [begin, end) is that of the left half plus that of the right half.
float tree_sum(std::size_t begin, std::size_t end, std::size_t element) {
  if (end - begin == 1) return gradient_of(begin, element);
  const std::size_t middle = begin + (end - begin) / 2;
  return tree_sum(begin, middle, element) + tree_sum(middle, end, element);
}

void check_reduction(std::size_t elements, std::size_t shards) {
  const Communicator& ranks = world();
  if (static_cast<std::size_t>(ranks.size()) > shards) return;
  const Slices slices(elements, ranks.size());
  SliceExchange exchange(ranks, slices, shards);
  TreeAccumulator accumulator(slices.padded());
  const ShardRange own = shards_of_rank(ranks.rank(), ranks.size(), shards);
  const Slices::Slice slice = slices.of_rank(ranks.rank());
  std::size_t wrong = 0;
  std::size_t buffers = 0;
  std::vector<float> whole(slices.padded());
  for (int update = 0; update < 2; ++update) {
    for (std::size_t shard = own.begin; shard < own.end; ++shard) {
      const std::span<float> leaf = accumulator.leaf();
      for (std::size_t i = 0; i < elements; ++i) leaf[i] = gradient_of(shard, i);
      accumulator.add(shard);
    }
    const std::span<const float> sum = exchange.reduce(accumulator.subtrees());
    REQUIRE(sum.size() == slice.size());
    for (std::size_t i = slice.begin; i < slice.end; ++i) {
      const float expected = i < elements ? tree_sum(0, shards, i) : 0.0F;
      wrong += std::memcmp(&expected, &sum[i - slice.begin], sizeof(float)) != 0;
    }
    exchange.gather_to_all(sum, whole);
    accumulator.clear();
    if (update == 0) buffers = accumulator.buffers();
  }
  for (std::size_t i = 0; i < elements; ++i) wrong += whole[i] != tree_sum(0, shards, i);
  CHECK(wrong == 0);
  CHECK(accumulator.buffers() == buffers);
}

}  // namespace

TEST_CASE("gradients are summed along the tree over shards, bit for bit, on any number of ranks", "[mpi][parallel]") {
  for (const std::size_t shards : {1U, 2U, 8U, 16U, 64U}) check_reduction(3 * kSliceBlock + 17, shards);
  check_reduction(1, 8);            // most ranks own nothing
  check_reduction(kSliceBlock, 8);  // exactly one block
  check_reduction(300 * kSliceBlock - 1, 8);
}

TEST_CASE("an array longer than one bucket is summed in several exchanges", "[mpi][parallel]") {
  check_reduction((1U << 22) + 5, 8);
}

TEST_CASE("a range of an array that lies in slices arrives on rank 0 in order", "[mpi][parallel]") {
  const Communicator& ranks = world();
  const std::size_t elements = 9 * kSliceBlock + 100;
  const Slices slices(elements, ranks.size());
  const SliceExchange exchange(ranks, slices, 8);
  const Slices::Slice slice = slices.of_rank(ranks.rank());
  std::vector<float> own;
  for (std::size_t i = slice.begin; i < slice.end; ++i) own.push_back(static_cast<float>(i));
  for (const auto& [begin, count] : {std::pair<std::size_t, std::size_t>{0, elements}, {1000, 3000}, {5000, 1}}) {
    std::vector<float> into(ranks.rank() == 0 ? count : 0, -1.0F);
    exchange.gather_range(own, begin, count, into);
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < into.size(); ++i) wrong += into[i] != static_cast<float>(begin + i);
    CHECK(wrong == 0);
  }
}

TEST_CASE("block sums are added in the order of the blocks", "[mpi][parallel]") {
  const Communicator& ranks = world();
  const std::size_t blocks = 50;
  const Slices slices(blocks * kSliceBlock, ranks.size());
  const SliceExchange exchange(ranks, slices, 8);
  const auto value = [](std::size_t block) { return 1.0 / static_cast<double>(3 * block + 1); };
  double expected = 0;
  for (std::size_t block = 0; block < blocks; ++block) expected += value(block);
  const Slices::Slice slice = slices.of_rank(ranks.rank());
  std::vector<double> own;
  for (std::size_t block = slice.begin / kSliceBlock; block < slice.end / kSliceBlock; ++block) {
    own.push_back(value(block));
  }
  CHECK(exchange.sum_of_blocks(own) == expected);
}

}  // namespace lockstep

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <numeric>
#include <optional>
#include <thread>
#include <vector>

#include "framework/parallel/gradient_exchange.h"
#include "framework/parallel/tree_accumulator.h"
#include "tests/mpi/world.h"
#include "tests/support/catch.h"

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

/// A sum that may be absent, as a row of an embedding table is where no word of a shard has it.
using Sum = std::optional<float>;

float nearest_bfloat16(float value) {
  if (value == 0) return value;
  int exponent = 0;
  const double fraction = std::frexp(static_cast<double>(value), &exponent);
  return static_cast<float>(std::ldexp(std::nearbyint(std::ldexp(fraction, 8)), exponent - 8));
}

/// An array of `elements` with two row blocks in it, of which a shard has one row in three.
struct Case {
  std::size_t elements;
  std::size_t shards;
  int ranks_a_node;
  SumPrecision precision = SumPrecision::kFloat32;
  bool beside = false;  ///< messages leave while the last shard's gradient is written
  std::size_t shards_together = 1;

  [[nodiscard]] std::vector<RowBlock> blocks() const {
    if (elements < 4000) return {};
    return {{100, 21, 48}, {elements / 2, 30, 57}};
  }
  /// The row that an element lies in, counted over all blocks; nothing outside of them.
  [[nodiscard]] std::optional<std::size_t> row_of(std::size_t element) const {
    std::size_t first = 0;
    for (const RowBlock& block : blocks()) {
      if (element >= block.begin && element < block.end()) return first + (element - block.begin) / block.row_size;
      first += block.rows;
    }
    return std::nullopt;
  }
  [[nodiscard]] static bool has_row(std::size_t shard, std::size_t row) { return (row * 7 + shard * 5) % 3 == 0; }

  /// The definition: the sum over shards [begin, end) is that of the left half plus that of the right half; what one of
  /// them lacks is the other's.
  [[nodiscard]] Sum tree_sum(std::size_t begin, std::size_t end, std::size_t element) const {
    if (end - begin == 1) {
      const auto row = row_of(element);
      if (row && !has_row(begin, *row)) return std::nullopt;
      return gradient_of(begin, element);
    }
    const std::size_t middle = begin + (end - begin) / 2;
    const Sum left = tree_sum(begin, middle, element);
    const Sum right = tree_sum(middle, end, element);
    if (precision == SumPrecision::kFloat32) return left && right ? *left + *right : left ? left : right;
    if (!left && !right) return std::nullopt;
    if (!left || !right) return nearest_bfloat16(left ? *left : *right);
    return nearest_bfloat16(nearest_bfloat16(*left) + nearest_bfloat16(*right));
  }
};

/// Ranges that cover the padded array, none of which begins where a slice or a row does; the end comes first.
std::vector<ElementRange> ranges_of(std::size_t elements) {
  const std::size_t third = elements / 3 + 7;
  if (third >= elements) return {{0, elements}};
  const std::size_t last = std::min(2 * third + 11, elements);
  return {{last, elements}, {third, last}, {0, third}};
}

/// The sum over a subtree of shards, as a model leaves it.
void write(const Case& c, TreeNode node, const ElementRange& range, const GradientArray& leaf) {
  const ShardRange shards = shards_below(node);
  for (std::size_t i = range.begin; i < std::min(range.end, c.elements); ++i) {
    if (const Sum sum = c.tree_sum(shards.begin, shards.end, i)) leaf.values[i] = *sum;
  }
}

void mark(const Case& c, TreeNode node, const GradientShape& shape, const GradientArray& leaf) {
  const ShardRange shards = shards_below(node);
  std::size_t first = 0;
  for (std::size_t block = 0; block < c.blocks().size(); ++block) {
    std::vector<std::int32_t> rows = {-1};
    for (std::size_t shard = shards.begin; shard < shards.end; ++shard)
      for (std::size_t row = 0; row < c.blocks()[block].rows; ++row)
        if (Case::has_row(shard, first + row)) rows.insert(rows.end(), 2, static_cast<std::int32_t>(row));
    shape.mark(leaf, block, rows);
    first += c.blocks()[block].rows;
  }
}

/// The gradient of a rank's last shards, written while what is ready of it travels: by some ranks in order, by others
/// backwards, and by others without a word before the end.
std::span<float> reduce_beside(const Case& c, GradientExchange& exchange, TreeAccumulator& accumulator, TreeNode node,
                               std::size_t update) {
  const std::vector<ElementRange> order = ranges_of(exchange.shape().elements());
  const GradientArray leaf = accumulator.next();
  mark(c, node, exchange.shape(), leaf);
  for (std::size_t i = 0; i < c.elements; ++i)
    if (!c.row_of(i)) leaf.values[i] = 1e30F;  // shows if it leaves too early
  accumulator.add_apart(node);
  exchange.start(accumulator.subtrees(), order);
  const std::size_t way = (static_cast<std::size_t>(world().rank()) + update) % 3;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const ElementRange range = order[way == 1 ? order.size() - 1 - i : i];
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    write(c, node, range, leaf);
    if (way < 2) exchange.complete(range.begin, range.end);
  }
  return exchange.finish();
}

void check_reduction(const Case& c) {
  const Communicator& ranks = world();
  if (static_cast<std::size_t>(ranks.size()) > c.shards) return;
  GradientExchange exchange(ranks, c.elements, c.blocks(), {c.shards, c.precision, c.ranks_a_node, c.shards_together});
  const GradientShape& shape = exchange.shape();
  TreeAccumulator accumulator(shape, exchange.arrays());
  const std::vector<TreeNode> own = exchange.subtrees_of(ranks.rank());
  const Slices::Slice slice = exchange.slice();
  const bool beside = c.beside && exchange.overlaps();
  CHECK(exchange.overlaps() == (exchange.nodes().count() > 1));
  std::size_t wrong = 0;
  // The second update finds what the first has left in the arrays; it takes other shards' gradients.
  for (std::size_t update = 0; update < 2; ++update) {
    for (const TreeNode& node : std::span(own).first(own.size() - (beside ? 1 : 0))) {
      const GradientArray& leaf = accumulator.next();
      write(c, node, {0, c.elements}, leaf);
      mark(c, node, shape, leaf);
      accumulator.add(node);
    }
    const std::span<const float> sum =
        beside ? reduce_beside(c, exchange, accumulator, own.back(), update) : exchange.reduce(accumulator.subtrees());
    REQUIRE(sum.size() == slice.size());
    for (std::size_t i = slice.begin; i < slice.end; ++i) {
      const float expected = i < c.elements ? c.tree_sum(0, c.shards, i).value_or(0.0F) : 0.0F;
      wrong += std::memcmp(&expected, &sum[i - slice.begin], sizeof(float)) != 0;
    }
    std::copy(sum.begin(), sum.end(), exchange.parameters().begin() + static_cast<std::ptrdiff_t>(slice.begin));
    exchange.publish();
    accumulator.clear();
  }
  for (std::size_t i = 0; i < c.elements; ++i)
    wrong += exchange.parameters()[i] != c.tree_sum(0, c.shards, i).value_or(0.0F);
  CAPTURE(c.elements, c.shards, c.ranks_a_node, exchange.nodes().count());
  CHECK(wrong == 0);
}

}  // namespace

TEST_CASE("gradients are summed along the tree over shards, bit for bit, on any number of ranks and nodes",
          "[mpi][parallel]") {
  // Of ranks that share memory, of pairs of them, of ranks that only send messages.
  const int ranks_a_node = GENERATE(0, 2, 1);
  for (const std::size_t shards : {1U, 2U, 8U, 16U, 64U}) check_reduction({4 * kSliceBlock + 17, shards, ranks_a_node});
  check_reduction({1, 8, ranks_a_node});            // most ranks own nothing
  check_reduction({kSliceBlock, 8, ranks_a_node});  // exactly one block
  check_reduction({300 * kSliceBlock - 1, 8, ranks_a_node});
}

TEST_CASE("sums that are rounded to bfloat16 are the same on any number of ranks and nodes too", "[mpi][parallel]") {
  const int ranks_a_node = GENERATE(0, 2, 1);
  for (const std::size_t shards : {1U, 2U, 8U, 16U})
    check_reduction({4 * kSliceBlock + 17, shards, ranks_a_node, SumPrecision::kBfloat16});
}

TEST_CASE("what leaves while the last gradient is still written makes the same sums", "[mpi][parallel]") {
  const int ranks_a_node = GENERATE(0, 2, 1);
  const SumPrecision precision = GENERATE(SumPrecision::kFloat32, SumPrecision::kBfloat16);
  for (const std::size_t shards : {1U, 2U, 8U, 16U})
    check_reduction({4 * kSliceBlock + 17, shards, ranks_a_node, precision, true});
  check_reduction({1, 8, ranks_a_node, precision, true});
  check_reduction({61 * kSliceBlock - 1, 8, ranks_a_node, precision, true});
}

TEST_CASE("shards that come as sums over subtrees make the same sums", "[mpi][parallel]") {
  const int ranks_a_node = GENERATE(0, 2, 1);
  const bool beside = GENERATE(false, true);
  for (const std::size_t together : {2U, 4U, 64U})
    for (const std::size_t shards : {8U, 16U})
      check_reduction({4 * kSliceBlock + 17, shards, ranks_a_node, SumPrecision::kFloat32, beside, together});
}

TEST_CASE("an array longer than one message is summed in several exchanges", "[mpi][parallel]") {
  const bool beside = GENERATE(false, true);
  check_reduction({(1U << 22) + 5, 8, 1, SumPrecision::kFloat32, beside});
}

TEST_CASE("parameters of rank 0 come to all nodes", "[mpi][parallel]") {
  const int ranks_a_node = GENERATE(0, 2, 1);
  const Communicator& ranks = world();
  GradientExchange exchange(ranks, 3000, {}, {64, SumPrecision::kFloat32, ranks_a_node});
  if (ranks.rank() == 0) std::iota(exchange.parameters().begin(), exchange.parameters().end(), 1.0F);
  exchange.broadcast_parameters();
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < exchange.parameters().size(); ++i)
    wrong += exchange.parameters()[i] != static_cast<float>(i + 1);
  CHECK(wrong == 0);
}

TEST_CASE("a range of an array that lies in slices arrives on rank 0 in order", "[mpi][parallel]") {
  const Communicator& ranks = world();
  const std::size_t elements = 9 * kSliceBlock + 100;
  const GradientExchange exchange(ranks, elements, {}, {8, SumPrecision::kFloat32, 0});
  const Slices::Slice slice = exchange.slice();
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
  const GradientExchange exchange(ranks, blocks * kSliceBlock, {}, {8, SumPrecision::kFloat32, 0});
  const auto value = [](std::size_t block) { return 1.0 / static_cast<double>(3 * block + 1); };
  double expected = 0;
  for (std::size_t block = 0; block < blocks; ++block) expected += value(block);
  const Slices::Slice slice = exchange.slice();
  std::vector<double> own;
  for (std::size_t block = slice.begin / kSliceBlock; block < slice.end / kSliceBlock; ++block) {
    own.push_back(value(block));
  }
  CHECK(exchange.sum_of_blocks(own) == expected);
}

}  // namespace lockstep

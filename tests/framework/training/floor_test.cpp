#include "framework/training/floor.h"

#include <string_view>

#include "framework/numeric/profiled_gemm.h"
#include "tests/support/catch.h"

namespace lockstep {

TEST_CASE("Rows are measured as they are when few, else at one of eight numbers an octave", "[training]") {
  for (std::uint32_t rows = 0; rows <= 16; ++rows) CHECK(measured_rows(rows) == rows);
  CHECK(measured_rows(17) == 18);
  CHECK(measured_rows(63) == 64);
  CHECK(measured_rows(64) == 64);
  CHECK(measured_rows(67) == 64);
  CHECK(measured_rows(68) == 72);
  CHECK(measured_rows(1000) == 1024);
  for (std::uint32_t rows = 1; rows < 5000; ++rows) {
    const std::uint32_t measured = measured_rows(rows);
    CHECK(measured_rows(measured) == measured);
    CHECK(16 * (measured > rows ? measured - rows : rows - measured) <= rows);
  }
}

TEST_CASE("The floor of products is each shape's best time by how many there were", "[training]") {
  Profile::Tallies tallies;
  tallies[{{64, 512, 1536}, kForwardProduct}] = {10, 0.010};
  tallies[{{66, 512, 1536}, kForwardProduct}] = {4, 0.006};   // measured as 64 rows: 66/64 of its time
  tallies[{{64, 512, 1024}, kForwardProduct}] = {2, 0.002};   // another weight
  tallies[{{512, 66, 1536}, kGradientProduct}] = {1, 0.100};  // of x^T y the rows are in the middle
  tallies[{{0, 512, 1536}, kPack}] = {3, 0.0001};
  tallies[{{0, 512, 1536}, kTransposedProduct}] = {7, 0.0002};  // of no rows
  const std::vector<ProductGroup> groups = group_products(tallies);
  REQUIRE(groups.size() == 4);

  CHECK(groups[0].name == std::string_view(kGradientProduct));
  CHECK(groups[0].sizes == Profile::Sizes{512, 64, 1536});
  CHECK(groups[0].equivalents == 66.0 / 64);
  CHECK(groups[1].name == std::string_view(kForwardProduct));
  CHECK(groups[1].sizes == Profile::Sizes{64, 512, 1536});
  CHECK(groups[1].count == 14);
  CHECK(groups[1].seconds == Approx(0.016));
  CHECK(groups[1].equivalents == 10 + 4 * 66.0 / 64);
  CHECK(groups[2].sizes == Profile::Sizes{64, 512, 1024});
  CHECK(groups[3].name == std::string_view(kPack));
  CHECK(groups[3].equivalents == 3);

  // Made-up best seconds of one product of each group.
  CHECK(product_seconds(groups, {0.064, 0.0016, 0.5, 0.25}) ==
        Approx(0.064 * 66 / 64 + 0.0016 * 10 + 0.0016 * 4 * 66 / 64 + 2 * 0.5 + 3 * 0.25));
  CHECK(operations(groups) == Approx(2.0 * 512 * (1536 * (66 + 10 * 64 + 4 * 66) + 1024 * 2 * 64)));
}

TEST_CASE("An update must move the optimizer's arrays and the additions along the tree", "[training]") {
  // One of two ranks, three shards of which two make a subtree: 1000 parameters, 600 of them this rank's, Adam.
  Traffic traffic;
  traffic.elements = 1000;
  traffic.slice = 600;
  traffic.own_gradients = 3;
  traffic.own_subtrees = 2;
  traffic.all_subtrees = 3;
  traffic.slots = 2;
  CHECK(traffic.optimizer_bytes() == 600 * 4 * (1 + 2 + 2 + 2));
  // One addition of whole arrays here, two of slices.
  CHECK(traffic.reduction_bytes() == 4 * (3 * 1000 + 2 * 3 * 600));

  // One rank with one shard has nothing to add; SGD has one slot.
  traffic = {1000, 1000, 1, 1, 1, 1};
  CHECK(traffic.optimizer_bytes() == 1000 * 4 * 5);
  CHECK(traffic.reduction_bytes() == 0);
}

}  // namespace lockstep

#include "framework/training/rank_check.h"

#include "tests/support/catch.h"

namespace lockstep {

TEST_CASE("The odd ones differ from more than half; without such a majority all are odd", "[training]") {
  const auto odd = [](std::initializer_list<std::string_view> values) {
    return odd_ones(std::vector<std::string_view>(values));
  };
  using Places = std::vector<std::size_t>;
  CHECK(odd({"a"}).empty());
  CHECK(odd({"a", "a", "a"}).empty());
  CHECK(odd({"a", "b", "a"}) == Places{1});
  CHECK(odd({"b", "a", "a", "c", "a"}) == Places{0, 3});
  CHECK(odd({"a", "b"}) == Places{0, 1});
  CHECK(odd({"a", "a", "b", "b"}) == Places{0, 1, 2, 3});
  CHECK(odd({"a", "a", "b", "c"}) == Places{0, 1, 2, 3});
}

}  // namespace lockstep

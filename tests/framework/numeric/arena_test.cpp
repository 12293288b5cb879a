#include "framework/numeric/arena.h"

#include <algorithm>
#include <cstdint>

#include "tests/support/catch.h"

using namespace lockstep;

TEST_CASE("Pieces of an arena are aligned, apart from each other, and usable to the end", "[numeric]") {
  Arena arena;
  std::vector<std::span<float>> pieces;
  for (const std::size_t count : {1U, 1000U, 7U, 500000U, 3U}) pieces.push_back(arena.take<float>(count));
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    CHECK(reinterpret_cast<std::uintptr_t>(pieces[i].data()) % 64 == 0);
    std::fill(pieces[i].begin(), pieces[i].end(), static_cast<float>(i));
  }
  for (std::size_t i = 0; i < pieces.size(); ++i)
    CHECK(std::all_of(pieces[i].begin(), pieces[i].end(), [i](float v) { return v == static_cast<float>(i); }));
}

TEST_CASE("An arena that has grown to a shard's size stays where it is for the next", "[numeric]") {
  Arena arena;
  for (int i = 0; i < 10; ++i) static_cast<void>(arena.take<float>(300000));
  arena.reset();
  const float* first = arena.take<float>(300000).data();
  for (int i = 0; i < 9; ++i) static_cast<void>(arena.take<float>(300000));
  const std::size_t peak = arena.peak_bytes();
  arena.reset();
  CHECK(arena.take<float>(300000).data() == first);
  CHECK(arena.peak_bytes() == peak);
  CHECK(peak >= 10 * 300000 * sizeof(float));
}

#include "framework/numeric/philox.h"

#include "tests/support/catch.h"

using lockstep::philox;
using lockstep::RandomPurpose;
using lockstep::RandomStream;

TEST_CASE("Philox gives the known answers that its authors published", "[numeric]") {
  using Four = std::array<std::uint32_t, 4>;
  CHECK(philox({0, 0, 0, 0}, {0, 0}) == Four{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  CHECK(philox({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}) ==
        Four{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
        Four{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("Random streams differ in every part of their name", "[numeric]") {
  const auto first = RandomStream(1, RandomPurpose::kDropout, 7, 3).block(0);
  CHECK(first == RandomStream(1, RandomPurpose::kDropout, 7, 3).block(0));
  CHECK(first != RandomStream(2, RandomPurpose::kDropout, 7, 3).block(0));
  CHECK(first != RandomStream(1, RandomPurpose::kPermutation, 7, 3).block(0));
  CHECK(first != RandomStream(1, RandomPurpose::kDropout, 8, 3).block(0));
  CHECK(first != RandomStream(1, RandomPurpose::kDropout, 7, 4).block(0));
  CHECK(first != RandomStream(1, RandomPurpose::kDropout, 7, 3).block(1));
}

TEST_CASE("Uniform numbers stay within [0, 1) and spread evenly", "[numeric]") {
  CHECK(lockstep::uniform(0) == 0.0);
  CHECK(lockstep::uniform(0xffffffff) < 1.0);
  const RandomStream stream(5, RandomPurpose::kInitialValues, 0, 0);
  double sum = 0;
  constexpr int kBlocks = 25000;
  for (std::uint32_t block = 0; block < kBlocks; ++block)
    for (const std::uint32_t bits : stream.block(block)) sum += lockstep::uniform(bits);
  CHECK(sum / (4 * kBlocks) == Approx(0.5).margin(0.005));
}

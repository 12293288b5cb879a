#pragma once

#include <array>
#include <cstdint>

namespace lockstep {

/// Philox4x32-10 (Salmon, Moraes, Dror, Shaw 2011): 128 random bits as a function of a counter and a key, so that there
/// is no generator state to save and any rank can compute any number.
[[nodiscard]] constexpr std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter,
                                                            std::array<std::uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t product0 = 0xD2511F53ULL * counter[0];
    const std::uint64_t product1 = 0xCD9E8D57ULL * counter[2];
    counter = {static_cast<std::uint32_t>(product1 >> 32) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(product1),
               static_cast<std::uint32_t>(product0 >> 32) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(product0)};
    key[0] += 0x9E3779B9U;
    key[1] += 0xBB67AE85U;
  }
  return counter;
}

/// What random numbers are for; keeps streams of one seed apart. Values are part of what a run's bits depend on.
enum class RandomPurpose : std::uint32_t { kInitialValues = 1, kPermutation = 2, kBatchOrder = 3, kDropout = 4 };

/// An endless row of random numbers named by (seed, purpose, major, minor): number i is computed from i alone.
class RandomStream {
 public:
  /// `minor` has 24 bits.
  constexpr RandomStream(std::uint64_t seed, RandomPurpose purpose, std::uint64_t major, std::uint32_t minor)
      : key_{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)},
        stream_((static_cast<std::uint32_t>(purpose) << 24) | (minor & 0xFFFFFFU)),
        major_(major) {}

  /// Numbers 4 * block .. 4 * block + 3, each of 32 random bits.
  [[nodiscard]] constexpr std::array<std::uint32_t, 4> block(std::uint32_t block) const {
    return philox({block, stream_, static_cast<std::uint32_t>(major_), static_cast<std::uint32_t>(major_ >> 32)}, key_);
  }

 private:
  std::array<std::uint32_t, 2> key_;
  std::uint32_t stream_;
  std::uint64_t major_;
};

/// In [0, 1), from 32 random bits.
[[nodiscard]] constexpr double uniform(std::uint32_t bits) {
  return bits * 0x1p-32;
}

}  // namespace lockstep

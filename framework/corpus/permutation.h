#pragma once

#include <cstdint>

#include "framework/numeric/philox.h"

namespace lockstep {

/// A random order of 0 .. size - 1 that is computed, not stored: a Feistel network over the next power of four, walked
/// until it lands below size (four steps on average at worst). A function of (size, seed, purpose, major, minor) alone.
class Permutation {
 public:
  /// `minor` has 16 bits.
  Permutation(std::uint64_t size, std::uint64_t seed, RandomPurpose purpose, std::uint64_t major, std::uint32_t minor)
      : size_(size), seed_(seed), purpose_(purpose), major_(major), minor_(minor) {
    while (half_bits_ < 32 && (std::uint64_t{1} << (2 * half_bits_)) < size) ++half_bits_;
  }

  /// What stands at `place`, which is below size.
  [[nodiscard]] std::uint64_t operator[](std::uint64_t place) const {
    do place = scramble(place);
    while (place >= size_);
    return place;
  }

 private:
  static constexpr std::uint32_t kRounds = 6;

  [[nodiscard]] std::uint64_t scramble(std::uint64_t value) const {
    const std::uint64_t mask = (std::uint64_t{1} << half_bits_) - 1;
    std::uint64_t left = value >> half_bits_;
    std::uint64_t right = value & mask;
    for (std::uint32_t round = 0; round < kRounds; ++round) {
      const RandomStream stream(seed_, purpose_, major_, minor_ << 8 | round);
      const std::uint64_t mixed = left ^ (stream.block(static_cast<std::uint32_t>(right))[0] & mask);
      left = right;
      right = mixed;
    }
    return left << half_bits_ | right;
  }

  std::uint64_t size_;
  std::uint64_t seed_;
  RandomPurpose purpose_;
  std::uint64_t major_;
  std::uint32_t minor_;
  std::uint32_t half_bits_ = 1;
};

}  // namespace lockstep

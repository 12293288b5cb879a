#pragma once

#include <cstddef>

namespace lockstep {

/// Slices begin at multiples of this many elements, and norms are sums over blocks of this size.
inline constexpr std::size_t kSliceBlock = 1024;

/// A flat array of `elements`, padded with zeros to whole blocks and cut in one slice a rank. How it is cut changes no
/// bit.
class Slices {
 public:
  struct Slice {
    std::size_t begin = 0;
    std::size_t end = 0;
    [[nodiscard]] std::size_t size() const { return end - begin; }
  };

  Slices(std::size_t elements, int ranks)
      : blocks_((elements + kSliceBlock - 1) / kSliceBlock), ranks_(static_cast<std::size_t>(ranks)) {}

  /// Elements of the padded array.
  [[nodiscard]] std::size_t padded() const { return blocks_ * kSliceBlock; }
  [[nodiscard]] int ranks() const { return static_cast<int>(ranks_); }
  /// Elements [begin, end) of the padded array, whole blocks; may be empty.
  [[nodiscard]] Slice of_rank(int rank) const {
    const auto r = static_cast<std::size_t>(rank);
    return {r * blocks_ / ranks_ * kSliceBlock, (r + 1) * blocks_ / ranks_ * kSliceBlock};
  }

 private:
  std::size_t blocks_;
  std::size_t ranks_;
};

}  // namespace lockstep

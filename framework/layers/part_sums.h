#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <span>

#include "framework/numeric/arena.h"
#include "framework/numeric/elementwise.h"
#include "framework/numeric/row_parts.h"

namespace lockstep {

/// Adds vectors of parts along the binary tree over them, as they are made one after the other.
template <typename Real>
class PartSums {
 public:
  /// The sum of `parts` vectors goes to `total`; what the others need is taken from `arena`.
  PartSums(std::span<Real> total, std::size_t parts, Arena& arena) {
    stack_[0] = total;
    for (std::size_t level = 1; level < static_cast<std::size_t>(std::bit_width(parts)); ++level)
      stack_[level] = arena.take<Real>(total.size());
  }

  /// Where the next part's vector goes, and that it is there.
  [[nodiscard]] std::span<Real> next() const { return stack_[entries_]; }
  void finish() {
    entries_ = fold_parts(part_++, entries_ + 1, [this](std::size_t left, std::size_t right) {
      const std::size_t size = stack_[left].size();
      add_to(AddTo<Real>{{stack_[right].data(), 1, size}, {stack_[left].data(), 1, size}});
    });
  }

 private:
  std::array<std::span<Real>, std::bit_width(kMostParts)> stack_;
  std::size_t entries_ = 0;
  std::size_t part_ = 0;
};

}  // namespace lockstep

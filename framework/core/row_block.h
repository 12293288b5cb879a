#pragma once

#include <cstddef>

namespace lockstep {

/// A run of rows in a flat array of which one gradient has few: an embedding table. Rows that a gradient lacks are
/// zeros.
struct RowBlock {
  std::size_t begin = 0;  ///< first element
  std::size_t rows = 0;
  std::size_t row_size = 0;
  [[nodiscard]] std::size_t end() const { return begin + rows * row_size; }
  bool operator==(const RowBlock&) const = default;
};

}  // namespace lockstep

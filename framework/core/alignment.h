#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace lockstep {

/// The weights α_ij of one pair: row i for target word i, column j for source word j, end-of-sentence among both.
struct Alignment {
  std::size_t rows = 0;
  std::size_t columns = 0;
  std::vector<float> weights;  ///< [rows][columns]

  [[nodiscard]] std::span<const float> row(std::size_t i) const {
    return std::span<const float>(weights).subspan(i * columns, columns);
  }
};

}  // namespace lockstep

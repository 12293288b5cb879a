#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "framework/layers/parameters.h"
#include "framework/numeric/arena.h"
#include "framework/numeric/row_parts.h"

namespace lockstep {

/// E [words][size]: one row a word. A word below 0 stands for none: a row of zeros without gradient.
template <typename Real>
class Embedding {
 public:
  Embedding(ParameterLayout& layout, std::string name, std::size_t words, std::size_t size, InitialValue initial);

  void bind(std::span<const Real> parameters) { values_ = parameters.data() + offset_; }
  [[nodiscard]] std::size_t size() const { return size_; }

  /// y [words.size()][size]: row r is E[words[r]].
  void forward(std::span<const std::int32_t> words, MatrixView<Real> y) const;

  /// dE[words[r]] += dy[r], rows in order, after these rows of dE were set to zero. The others are left alone. By
  /// `parts` of the rows: a word's sums of the parts that have it are added along the tree over parts.
  void gradient(const RowParts& parts, std::span<const std::int32_t> words, ConstMatrixView<Real> dy,
                std::span<Real> gradients, Arena& arena) const;

 private:
  void gradient_of_parts(const RowParts& parts, std::span<const std::int32_t> words, ConstMatrixView<Real> dy,
                         MatrixView<Real> de, Arena& arena) const;

  std::size_t offset_;
  std::size_t words_;
  std::size_t size_;
  const Real* values_ = nullptr;
};

}  // namespace lockstep

#pragma once

#include <memory>
#include <span>
#include <string>

#include "framework/layers/parameters.h"
#include "framework/layers/part_sums.h"
#include "framework/numeric/elementwise.h"
#include "framework/numeric/gemm.h"

namespace lockstep {

/// A matrix parameter that is multiplied by: W [rows][columns] of y = x W. Products take x [n][rows], y [n][columns].
template <typename Real>
class Weight {
 public:
  Weight(ParameterLayout& layout, const Gemm<Real>& gemm, std::string name, std::size_t rows, std::size_t columns,
         InitialValue initial)
      : gemm_(&gemm),
        packed_(gemm.make_weight()),
        offset_(layout[layout.add(std::move(name), rows, columns, initial)].offset),
        rows_(rows),
        columns_(columns) {}

  void bind(std::span<const Real> parameters) { packed_->pack({parameters.data() + offset_, rows_, columns_}); }

  [[nodiscard]] std::size_t rows() const { return rows_; }
  [[nodiscard]] std::size_t columns() const { return columns_; }

  /// y = x W + beta y.
  void multiply(ConstMatrixView<Real> x, Real beta, MatrixView<Real> y) const { packed_->multiply(x, beta, y); }

  /// dx = dy Wᵀ + beta dx.
  void multiply_transposed(ConstMatrixView<Real> dy, Real beta, MatrixView<Real> dx) const {
    packed_->multiply_transposed(dy, beta, dx);
  }

  /// dW = xᵀ dy, in the flat array `gradients`, summed by `parts` of the rows.
  void gradient(const RowParts& parts, ConstMatrixView<Real> x, ConstMatrixView<Real> dy,
                std::span<Real> gradients) const {
    gemm_->multiply_at_b(parts, x, dy, gradient_of(gradients));
  }

  /// Where the gradient lies, for those whose inputs come in blocks.
  [[nodiscard]] MatrixView<Real> gradient_of(std::span<Real> gradients) const {
    return {gradients.data() + offset_, rows_, columns_};
  }

 private:
  const Gemm<Real>* gemm_;
  std::unique_ptr<PackedWeight<Real>> packed_;
  std::size_t offset_;
  std::size_t rows_;
  std::size_t columns_;
};

/// A vector parameter: a bias, or v_a.
template <typename Real>
class Vector {
 public:
  Vector(ParameterLayout& layout, std::string name, std::size_t size, InitialValue initial)
      : offset_(layout[layout.add(std::move(name), 1, size, initial)].offset), size_(size) {}

  void bind(std::span<const Real> parameters) { values_ = parameters.data() + offset_; }

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] const Real* values() const { return values_; }

  /// y += b on every row.
  void add_to_rows(MatrixView<Real> y) const { add_bias(AddBias<Real>{y, values_}); }

  /// db = Σ rows of dy, summed by `parts` of the rows.
  void gradient(const RowParts& parts, ConstMatrixView<Real> dy, std::span<Real> gradients, Arena& arena) const {
    PartSums<Real> sums(gradient_of(gradients), parts.size(), arena);
    for (std::size_t p = 0; p < parts.size(); ++p) {
      column_sums(ColumnSums<Real>{dy, parts[p], sums.next().data()});
      sums.finish();
    }
  }

  /// Where the gradient lies, for those who compute it themselves.
  [[nodiscard]] std::span<Real> gradient_of(std::span<Real> gradients) const {
    return gradients.subspan(offset_, size_);
  }

 private:
  std::size_t offset_;
  std::size_t size_;
  const Real* values_ = nullptr;
};

}  // namespace lockstep

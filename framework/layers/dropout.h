#pragma once

#include "framework/numeric/arena.h"
#include "framework/numeric/elementwise.h"
#include "framework/numeric/matrix.h"
#include "framework/numeric/philox.h"

namespace lockstep {

/// Dropout (Srivastava et al. 2014), scaled while training: a mask of 0 and 1 / (1 − rate) over a matrix. With rate 0
/// there is no mask and no work.
template <typename Real>
class Dropout {
 public:
  /// No dropout.
  Dropout() = default;

  /// A mask of [rows][columns] that is still to be drawn.
  Dropout(double rate, std::size_t rows, std::size_t columns, Arena& arena);

  /// Draws the mask of some rows: column c of the i-th of them takes number i * columns + c of `stream`.
  void draw(const RandomStream& stream, const RowSelection& rows) const;

  /// x = x ∘ mask, for the whole matrix, forward and backward alike.
  void apply(MatrixView<Real> x) const { apply_rows(0, x); }

  /// The same for the rows of the mask from `begin` on.
  void apply_rows(std::size_t begin, MatrixView<Real> x) const {
    if (mask_.data != nullptr) multiply_by(MultiplyBy<Real>{mask_.row_block(begin, x.rows), x});
  }

 private:
  double rate_ = 0;
  MatrixView<Real> mask_;
};

}  // namespace lockstep

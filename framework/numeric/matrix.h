#pragma once

#include <cassert>
#include <cstddef>
#include <type_traits>

namespace lockstep {

/// A view of a row-major matrix that somebody else owns: element (r, c) is data[r * stride + c].
template <typename Real>
struct MatrixView {
  Real* data = nullptr;
  std::size_t rows = 0;
  std::size_t columns = 0;
  std::size_t stride = 0;  ///< elements from one row to the next, at least columns

  MatrixView() = default;
  MatrixView(Real* data_, std::size_t rows_, std::size_t columns_, std::size_t stride_)
      : data(data_), rows(rows_), columns(columns_), stride(stride_) {
    assert(stride >= columns);
  }
  MatrixView(Real* data_, std::size_t rows_, std::size_t columns_) : MatrixView(data_, rows_, columns_, columns_) {}

  /// A view that may write is also one that may only read.
  operator MatrixView<const Real>() const requires(!std::is_const_v<Real>) { return {data, rows, columns, stride}; }

  [[nodiscard]] Real* row(std::size_t r) const {
    assert(r < rows);
    return data + r * stride;
  }
  [[nodiscard]] Real& operator()(std::size_t r, std::size_t c) const {
    assert(r < rows && c < columns);
    return data[r * stride + c];
  }
  /// Rows begin .. begin + count.
  [[nodiscard]] MatrixView row_block(std::size_t begin, std::size_t count) const {
    assert(begin + count <= rows);
    return {data + begin * stride, count, columns, stride};
  }
  /// Columns begin .. begin + count.
  [[nodiscard]] MatrixView column_block(std::size_t begin, std::size_t count) const {
    assert(begin + count <= columns);
    return {data + begin, rows, count, stride};
  }
  [[nodiscard]] bool contiguous() const { return stride == columns || rows <= 1; }
  [[nodiscard]] std::size_t size() const { return rows * columns; }
};

template <typename Real>
using ConstMatrixView = MatrixView<const Real>;

}  // namespace lockstep

#pragma once

#include <cstddef>
#include <cstdint>

#include "framework/numeric/matrix.h"
#include "framework/numeric/row_parts.h"

namespace lockstep {

// Copies of float matrices in the order that packed products read them, converted on the way. A panel is 64 columns of
// a matrix, one row after the other; what lies outside of the matrix is filled with zeros. In bfloat16 (the upper half
// of a float, rounded to nearest even; NaN stays NaN) a panel holds two rows at a time, interleaved column by column.

inline constexpr std::size_t kPanelColumns = 64;
/// Rows of a panel are filled up to a multiple of this.
inline constexpr std::size_t kPanelRowsFloat = 16;
inline constexpr std::size_t kPanelRowsBfloat16 = 32;

[[nodiscard]] constexpr std::size_t round_up(std::size_t n, std::size_t multiple) {
  return (n + multiple - 1) / multiple * multiple;
}

/// A matrix of a kind of number that is only stored and multiplied: float as it is, or bfloat16.
using Bfloat16 = std::uint16_t;

/// Panels of some rows of x [ ][columns], each `padded_rows` long: rows begin … of every panel, so that a matrix may
/// come in parts. out [⌈columns / 64⌉][padded_rows][64]. Of bfloat16 `begin` is even, and an odd last row is completed
/// by zeros.
void pack_panels(ConstMatrixView<float> x, const RowSelection& rows, std::size_t begin, std::size_t padded_rows,
                 float* out);
void pack_panels(ConstMatrixView<float> x, const RowSelection& rows, std::size_t begin, std::size_t padded_rows,
                 Bfloat16* out);

/// Panels of xᵀ, x [rows][columns]: out [⌈rows / 64⌉][padded_columns][64].
void pack_transposed_panels(ConstMatrixView<float> x, std::size_t padded_columns, float* out);
void pack_transposed_panels(ConstMatrixView<float> x, std::size_t padded_columns, Bfloat16* out);

/// Some rows of x, transposed, row-major from column `begin` on: out(c, begin + i) = x(rows[i], c), out
/// [columns][stride]. Of bfloat16 `begin` is even, and an odd last row is completed by zeros.
void transpose(ConstMatrixView<float> x, const RowSelection& rows, std::size_t begin, std::size_t stride, float* out);
void transpose(ConstMatrixView<float> x, const RowSelection& rows, std::size_t begin, std::size_t stride,
               Bfloat16* out);

/// x row-major in bfloat16, rows filled up with zeros to `stride`.
void convert_rows(ConstMatrixView<float> x, std::size_t stride, Bfloat16* out);

/// Sets rows [from, padded_rows) of every panel to zero.
template <typename Stored>
void clear_panel_rows(std::size_t columns, std::size_t from, std::size_t padded_rows, Stored* out);

}  // namespace lockstep

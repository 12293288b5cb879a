#include "framework/numeric/panel_packing.h"

#include <algorithm>
#include <cassert>
#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "framework/numeric/panel_packing.cpp"
#include <hwy/foreach_target.h>  // compiles what follows once for each instruction set

#include "framework/numeric/kernels-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lockstep {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
// At most 16 lanes, so that a panel's row is whole vectors everywhere.
using Floats = hn::CappedTag<float, 16>;
using Words = hn::RebindToUnsigned<Floats>;
using Indices = hn::RebindToSigned<Floats>;

/// Bits of v rounded to bfloat16, in the upper half of each word; the lower half is left over.
HWY_INLINE hn::Vec<Words> rounded(hn::Vec<Floats> v) {
  const Words u;
  const auto bits = hn::BitCast(u, v);
  const auto odd = hn::And(hn::ShiftRight<16>(bits), hn::Set(u, 1));
  const auto nearest = hn::Add(bits, hn::Add(hn::Set(u, 0x7FFF), odd));
  const auto quiet = hn::Or(bits, hn::Set(u, 0x400000));
  return hn::IfThenElse(hn::RebindMask(u, hn::IsNaN(v)), quiet, nearest);
}

/// A pair of bfloat16 in each word: `first` in the lower half, which comes first in memory.
HWY_INLINE hn::Vec<Words> pair_up(hn::Vec<Floats> first, hn::Vec<Floats> second) {
  const Words u;
  return hn::Or(hn::And(rounded(second), hn::Set(u, 0xFFFF0000U)), hn::ShiftRight<16>(rounded(first)));
}

/// Up to a vector of floats from `from` on; zeros behind the first `count`.
HWY_INLINE hn::Vec<Floats> load_some(const float* from, std::size_t count) {
  const Floats d;
  if (count >= hn::Lanes(d)) return hn::LoadU(d, from);
  return Part{count}.load(d, from);
}

/// Where up to a vector of rows lie, from the one of them that is first in memory: a gather takes no negative offsets.
struct RowOffsets {
  hn::Vec<Indices> elements;  ///< those of lanes outside are 0, so that nothing beyond the matrix is touched
  const float* from;          ///< null where there are no rows
  std::size_t count;
};

/// Of rows rows[begin], rows[begin + step], …, `count` of them.
HWY_INLINE RowOffsets row_offsets(ConstMatrixView<float> x, const RowSelection& rows, std::size_t begin,
                                  std::size_t step, std::size_t count) {
  std::int32_t elements[16] = {};
  if (count == 0) return {hn::LoadU(Indices(), elements), nullptr, 0};
  std::size_t first = rows[begin];
  for (std::size_t k = 1; k < count; ++k) first = std::min<std::size_t>(first, rows[begin + k * step]);
  for (std::size_t k = 0; k < count; ++k)
    elements[k] = static_cast<std::int32_t>((rows[begin + k * step] - first) * x.stride);
  return {hn::LoadU(Indices(), elements), x.row(first), count};
}

/// Lane k is the k-th row's element of the column; zero from the count on.
HWY_INLINE hn::Vec<Floats> load_column(const RowOffsets& rows, std::size_t column) {
  const Floats d;
  if (rows.count == 0) return hn::Zero(d);
  const auto gathered = hn::GatherIndex(d, rows.from + column, rows.elements);
  if (rows.count >= hn::Lanes(d)) return gathered;
  return hn::IfThenElseZero(hn::FirstN(d, rows.count), gathered);
}

// Row by row over all panels: what is read is one stream, and each panel takes whole cache lines.

void PackPanelsFloat(ConstMatrixView<float> x, const RowSelection& rows, std::size_t begin, std::size_t padded_rows,
                     float* out) {
  const Floats d;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    const float* from = x.row(rows[r]);
    float* to = out + (begin + r) * kPanelColumns;
    for (std::size_t column = 0; column < x.columns; column += kPanelColumns, to += padded_rows * kPanelColumns) {
      const std::size_t width = std::min(kPanelColumns, x.columns - column);
      for (std::size_t c = 0; c < kPanelColumns; c += hn::Lanes(d))
        hn::StoreU(c < width ? load_some(from + column + c, width - c) : hn::Zero(d), d, to + c);
    }
  }
}

void PackPanelsBfloat16(ConstMatrixView<float> x, const RowSelection& rows, std::size_t begin, std::size_t padded_rows,
                        Bfloat16* out) {
  const Floats d;
  const Words u;
  for (std::size_t r = 0; r < rows.size(); r += 2) {
    const float* first = x.row(rows[r]);
    const float* second = r + 1 < rows.size() ? x.row(rows[r + 1]) : nullptr;
    auto* to = reinterpret_cast<std::uint32_t*>(out + (begin + r) * kPanelColumns);
    for (std::size_t column = 0; column < x.columns; column += kPanelColumns, to += padded_rows / 2 * kPanelColumns) {
      const std::size_t width = std::min(kPanelColumns, x.columns - column);
      for (std::size_t c = 0; c < kPanelColumns; c += hn::Lanes(d)) {
        const bool inside = c < width;
        const auto a = inside ? load_some(first + column + c, width - c) : hn::Zero(d);
        const auto b = inside && second != nullptr ? load_some(second + column + c, width - c) : hn::Zero(d);
        hn::StoreU(pair_up(a, b), u, to + c);
      }
    }
  }
}

void PackTransposedPanelsFloat(ConstMatrixView<float> x, std::size_t padded_columns, float* out) {
  const Floats d;
  const std::size_t lanes = hn::Lanes(d);
  for (std::size_t row = 0; row < x.rows; row += kPanelColumns) {
    float* panel = out + row * padded_columns;
    // A vector of rows at a time: its lines stay in the nearest cache from one column to the next.
    for (std::size_t r = 0; r < kPanelColumns; r += lanes) {
      const std::size_t count = row + r < x.rows ? std::min(lanes, x.rows - row - r) : 0;
      const RowOffsets rows = row_offsets(x, {row + r, count}, 0, 1, count);
      for (std::size_t c = 0; c < x.columns; ++c) {
        const auto v = load_column(rows, c);
        hn::StoreU(v, d, panel + c * kPanelColumns + r);
      }
    }
    std::fill(panel + x.columns * kPanelColumns, panel + padded_columns * kPanelColumns, 0.0F);
  }
}

void PackTransposedPanelsBfloat16(ConstMatrixView<float> x, std::size_t padded_columns, Bfloat16* out) {
  const Floats d;
  const Words u;
  const std::size_t lanes = hn::Lanes(d);
  for (std::size_t row = 0; row < x.rows; row += kPanelColumns) {
    auto* panel = reinterpret_cast<std::uint32_t*>(out + row * padded_columns);
    for (std::size_t r = 0; r < kPanelColumns; r += lanes) {
      const std::size_t count = row + r < x.rows ? std::min(lanes, x.rows - row - r) : 0;
      const RowOffsets rows = row_offsets(x, {row + r, count}, 0, 1, count);
      for (std::size_t c = 0; c < x.columns; c += 2) {
        const auto first = load_column(rows, c);
        const auto second = c + 1 < x.columns ? load_column(rows, c + 1) : hn::Zero(d);
        hn::StoreU(pair_up(first, second), u, panel + c / 2 * kPanelColumns + r);
      }
    }
    std::fill(panel + (x.columns + 1) / 2 * kPanelColumns, panel + padded_columns / 2 * kPanelColumns, 0U);
  }
}

void TransposeFloat(ConstMatrixView<float> x, const RowSelection& rows, std::size_t begin, std::size_t stride,
                    float* out) {
  const Floats d;
  const std::size_t lanes = hn::Lanes(d);
  for (std::size_t r = 0; r < rows.size(); r += lanes) {
    const std::size_t count = std::min(lanes, rows.size() - r);
    const RowOffsets offsets = row_offsets(x, rows, r, 1, count);
    for (std::size_t c = 0; c < x.columns; ++c) {
      const auto v = load_column(offsets, c);
      float* to = out + c * stride + begin + r;
      if (count == lanes)
        hn::StoreU(v, d, to);
      else
        Part{count}.store(d, v, to);
    }
  }
}

void TransposeBfloat16(ConstMatrixView<float> x, const RowSelection& rows, std::size_t begin, std::size_t stride,
                       Bfloat16* out) {
  const Floats d;
  const Words u;
  const std::size_t lanes = hn::Lanes(d);
  // Lane k takes rows r + 2k and r + 2k + 1.
  for (std::size_t r = 0; r < rows.size(); r += 2 * lanes) {
    const std::size_t left = rows.size() - r;
    const std::size_t firsts = std::min(lanes, (left + 1) / 2);
    const std::size_t seconds = std::min(lanes, left / 2);
    const RowOffsets first_rows = row_offsets(x, rows, r, 2, firsts);
    const RowOffsets second_rows = row_offsets(x, rows, r + 1, 2, seconds);
    for (std::size_t c = 0; c < x.columns; ++c) {
      const auto first = load_column(first_rows, c);
      const auto second = load_column(second_rows, c);
      auto* to = reinterpret_cast<std::uint32_t*>(out + c * stride + begin + r);
      if (firsts == lanes)
        hn::StoreU(pair_up(first, second), u, to);
      else
        Part{firsts}.store(u, pair_up(first, second), to);
    }
  }
}

void ConvertRows(ConstMatrixView<float> x, std::size_t stride, Bfloat16* out) {
  const Floats d;
  const hn::Rebind<std::uint16_t, Floats> halves;
  const std::size_t lanes = hn::Lanes(d);
  for (std::size_t r = 0; r < x.rows; ++r) {
    const float* from = x.row(r);
    Bfloat16* to = out + r * stride;
    for (std::size_t c = 0; c < x.columns; c += lanes) {
      const std::size_t count = std::min(lanes, x.columns - c);
      const auto v = hn::TruncateTo(halves, hn::ShiftRight<16>(rounded(load_some(from + c, count))));
      if (count == lanes)
        hn::StoreU(v, halves, to + c);
      else
        Part{count}.store(halves, v, to + c);
    }
    std::fill(to + x.columns, to + stride, Bfloat16{0});
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace lockstep
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lockstep {

HWY_EXPORT(PackPanelsFloat);
HWY_EXPORT(PackPanelsBfloat16);
HWY_EXPORT(PackTransposedPanelsFloat);
HWY_EXPORT(PackTransposedPanelsBfloat16);
HWY_EXPORT(TransposeFloat);
HWY_EXPORT(TransposeBfloat16);
HWY_EXPORT(ConvertRows);

void pack_panels(ConstMatrixView<float> x, const RowSelection& rows, std::size_t begin, std::size_t padded_rows,
                 float* out) {
  assert(begin + rows.size() <= padded_rows);
  HWY_DYNAMIC_DISPATCH(PackPanelsFloat)(x, rows, begin, padded_rows, out);
}

void pack_panels(ConstMatrixView<float> x, const RowSelection& rows, std::size_t begin, std::size_t padded_rows,
                 Bfloat16* out) {
  assert(begin % 2 == 0 && begin + round_up(rows.size(), 2) <= padded_rows);
  HWY_DYNAMIC_DISPATCH(PackPanelsBfloat16)(x, rows, begin, padded_rows, out);
}

void pack_transposed_panels(ConstMatrixView<float> x, std::size_t padded_columns, float* out) {
  assert(x.columns <= padded_columns);
  HWY_DYNAMIC_DISPATCH(PackTransposedPanelsFloat)(x, padded_columns, out);
}

void pack_transposed_panels(ConstMatrixView<float> x, std::size_t padded_columns, Bfloat16* out) {
  assert(padded_columns % 2 == 0 && x.columns <= padded_columns);
  HWY_DYNAMIC_DISPATCH(PackTransposedPanelsBfloat16)(x, padded_columns, out);
}

void transpose(ConstMatrixView<float> x, const RowSelection& rows, std::size_t begin, std::size_t stride, float* out) {
  assert(begin + rows.size() <= stride);
  HWY_DYNAMIC_DISPATCH(TransposeFloat)(x, rows, begin, stride, out);
}

void transpose(ConstMatrixView<float> x, const RowSelection& rows, std::size_t begin, std::size_t stride,
               Bfloat16* out) {
  assert(begin % 2 == 0 && stride % 2 == 0 && begin + round_up(rows.size(), 2) <= stride);
  HWY_DYNAMIC_DISPATCH(TransposeBfloat16)(x, rows, begin, stride, out);
}

void convert_rows(ConstMatrixView<float> x, std::size_t stride, Bfloat16* out) {
  assert(x.columns <= stride);
  HWY_DYNAMIC_DISPATCH(ConvertRows)(x, stride, out);
}

template <typename Stored>
void clear_panel_rows(std::size_t columns, std::size_t from, std::size_t padded_rows, Stored* out) {
  const std::size_t padded_columns = round_up(columns, kPanelColumns);
  for (std::size_t column = 0; column < padded_columns; column += kPanelColumns) {
    Stored* const panel = out + column * padded_rows;
    std::fill(panel + from * kPanelColumns, panel + padded_rows * kPanelColumns, Stored{0});
  }
}

template void clear_panel_rows(std::size_t, std::size_t, std::size_t, float*);
template void clear_panel_rows(std::size_t, std::size_t, std::size_t, Bfloat16*);

}  // namespace lockstep
#endif

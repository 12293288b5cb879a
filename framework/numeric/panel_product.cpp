#include "framework/numeric/panel_product.h"

#include <algorithm>
#include <bit>
#include <cassert>

#include "framework/numeric/panel_packing.h"
#include "framework/numeric/row_parts.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "framework/numeric/panel_product.cpp"
#include <hwy/foreach_target.h>  // compiles what follows once for each instruction set
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace lockstep {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
using Floats = hn::CappedTag<float, 16>;

/// A tile of y: so many rows and vectors of columns that its sums, and what they are made from, fill the registers.
constexpr std::size_t kTileRows = 6;
constexpr std::size_t kTileVectors = hn::MaxLanes(Floats()) >= 16 ? 4 : 2;

/// Sums that wait at a time: one for each level of the tree over kMostParts parts.
constexpr std::size_t kMostTreeLevels = 7;

/// Rows of the next panel that a tile fetches.
struct Ahead {
  const float* rows;
  std::size_t count;
};

// Inlined by force: the compiler takes a call for one without effect, and drops it.
HWY_INLINE void fetch_row(const float* row) {
  constexpr std::size_t kLine = 16;
  for (std::size_t c = 0; c < kPanelColumns; c += kLine) __builtin_prefetch(row + c, 0, 2);
}

/// y [Rows][kTileVectors vectors] = x [Rows][k] times as many columns of a panel (+ y).
template <std::size_t Rows>
HWY_INLINE void multiply_tile(const float* x, std::size_t x_stride, std::size_t k, const float* panel, Ahead ahead,
                              bool accumulate, float* y, std::size_t y_stride) {
  const Floats d;
  const std::size_t lanes = hn::Lanes(d);
  hn::Vec<Floats> sums[Rows][kTileVectors];
  for (std::size_t r = 0; r < Rows; ++r)
    for (std::size_t v = 0; v < kTileVectors; ++v) sums[r][v] = hn::Zero(d);
  const auto add = [&](std::size_t i) HWY_ATTR {
    hn::Vec<Floats> w[kTileVectors];
    for (std::size_t v = 0; v < kTileVectors; ++v) w[v] = hn::LoadU(d, panel + i * kPanelColumns + v * lanes);
    for (std::size_t r = 0; r < Rows; ++r) {
      const auto factor = hn::Set(d, x[r * x_stride + i]);
      for (std::size_t v = 0; v < kTileVectors; ++v) sums[r][v] = hn::MulAdd(factor, w[v], sums[r][v]);
    }
  };
  std::size_t i = 0;
  for (; i < std::min(ahead.count, k); ++i) {
    fetch_row(ahead.rows + i * kPanelColumns);
    add(i);
  }
  for (; i < k; ++i) add(i);
  for (std::size_t r = 0; r < Rows; ++r)
    for (std::size_t v = 0; v < kTileVectors; ++v) {
      float* const to = y + r * y_stride + v * lanes;
      hn::StoreU(accumulate ? hn::Add(hn::LoadU(d, to), sums[r][v]) : sums[r][v], d, to);
    }
}

/// The same for 1 … kTileRows rows.
HWY_INLINE void multiply_rows(std::size_t rows, const float* x, std::size_t x_stride, std::size_t k, const float* panel,
                              Ahead ahead, bool accumulate, float* y, std::size_t y_stride) {
  switch (rows) {
    case 1:
      return multiply_tile<1>(x, x_stride, k, panel, ahead, accumulate, y, y_stride);
    case 2:
      return multiply_tile<2>(x, x_stride, k, panel, ahead, accumulate, y, y_stride);
    case 3:
      return multiply_tile<3>(x, x_stride, k, panel, ahead, accumulate, y, y_stride);
    case 4:
      return multiply_tile<4>(x, x_stride, k, panel, ahead, accumulate, y, y_stride);
    case 5:
      return multiply_tile<5>(x, x_stride, k, panel, ahead, accumulate, y, y_stride);
    default:
      return multiply_tile<kTileRows>(x, x_stride, k, panel, ahead, accumulate, y, y_stride);
  }
}

/// A panel, or as many of its rows as stay in a near cache, times all rows of x.
void multiply_panel(ConstMatrixView<float> x, const float* panel, const float* next, bool accumulate,
                    MatrixView<float> y) {
  const std::size_t tile_columns = kTileVectors * hn::Lanes(Floats());
  const std::size_t tiles = (y.rows + kTileRows - 1) / kTileRows;
  const std::size_t share = (x.columns + tiles - 1) / tiles;
  float edge[kTileRows * kPanelColumns];
  for (std::size_t row = 0; row < y.rows; row += kTileRows) {
    const std::size_t rows = std::min(kTileRows, y.rows - row);
    const std::size_t fetched = std::min(row / kTileRows * share, x.columns);
    for (std::size_t c = 0; c < y.columns; c += tile_columns) {
      const Ahead ahead = {next + fetched * kPanelColumns, c == 0 ? std::min(share, x.columns - fetched) : 0};
      if (c + tile_columns <= y.columns) {
        multiply_rows(rows, x.row(row), x.stride, x.columns, panel + c, ahead, accumulate, y.row(row) + c, y.stride);
        continue;
      }
      // The panel is wider than what is left of y.
      multiply_rows(rows, x.row(row), x.stride, x.columns, panel + c, ahead, false, edge, kPanelColumns);
      for (std::size_t r = 0; r < rows; ++r) {
        float* const to = y.row(row + r) + c;
        for (std::size_t i = 0; i < y.columns - c; ++i)
          to[i] = accumulate ? to[i] + edge[r * kPanelColumns + i] : edge[r * kPanelColumns + i];
      }
    }
  }
}

void PanelProduct(ConstMatrixView<float> x, const float* panels, std::size_t panel_rows, bool accumulate,
                  MatrixView<float> y) {
  for (std::size_t column = 0; column < y.columns; column += kPanelColumns) {
    const std::size_t width = std::min(kPanelColumns, y.columns - column);
    const bool last = column + width == y.columns;
    const float* const panel = panels + column * panel_rows;
    for (std::size_t k = 0; k < x.columns; k += kPanelBlockRows) {
      const std::size_t count = std::min(kPanelBlockRows, x.columns - k);
      const float* const rows = panel + k * kPanelColumns;
      // What comes after it lies behind it; after the last of all the first, which the next time step needs.
      const bool ends = last && k + count == x.columns;
      const float* const next = ends                    ? panels
                                : k + count < x.columns ? rows + count * kPanelColumns
                                                        : panel + kPanelColumns * panel_rows;
      multiply_panel(x.column_block(k, count), rows, next, accumulate || k > 0, y.column_block(column, width));
    }
  }
}

/// Rows × columns of a panel's tile that are summed over all parts.
struct TreeTile {
  ConstMatrixView<float> x;  ///< up to kTileRows rows
  const float* panel;
  std::span<const std::size_t> begins;
  std::size_t block;
};

/// Leaves the sum of a tile [rows][kPanelColumns] in stack[0]; fetches `ahead` rows on the way.
void sum_tile(const TreeTile& tile, Ahead ahead, float (*stack)[kTileRows * kPanelColumns]) {
  const std::size_t tile_columns = kTileVectors * hn::Lanes(Floats());
  const std::size_t size = tile.x.rows * kPanelColumns;
  std::size_t entries = 0;
  for (std::size_t p = 0; p + 1 < tile.begins.size(); ++p) {
    const std::size_t end = tile.begins[p + 1];
    std::size_t k = tile.begins[p];
    // Sums of no rows at all are zeros.
    do {
      const std::size_t count = std::min(tile.block, end - k);
      const Ahead share = {ahead.rows, std::min(ahead.count, count)};
      ahead = {ahead.rows + share.count * kPanelColumns, ahead.count - share.count};
      for (std::size_t c = 0; c < kPanelColumns; c += tile_columns) {
        multiply_rows(tile.x.rows, tile.x.data + k, tile.x.stride, count, tile.panel + k * kPanelColumns + c,
                      c == 0 ? share : Ahead{share.rows, 0}, k > tile.begins[p], stack[entries] + c, kPanelColumns);
      }
      k += count;
    } while (k < end);
    entries = fold_parts(p, entries + 1, [&](std::size_t left, std::size_t right) {
      const Floats d;
      for (std::size_t i = 0; i < size; i += hn::Lanes(d))
        hn::StoreU(hn::Add(hn::LoadU(d, stack[left] + i), hn::LoadU(d, stack[right] + i)), d, stack[left] + i);
    });
  }
}

void PanelTreeProduct(ConstMatrixView<float> x, const float* panels, std::size_t panel_rows,
                      std::span<const std::size_t> begins, std::size_t block, MatrixView<float> y) {
  float stack[kMostTreeLevels][kTileRows * kPanelColumns];
  const std::size_t tiles = (y.rows + kTileRows - 1) / kTileRows;
  const std::size_t share = (x.columns + tiles - 1) / tiles;
  for (std::size_t column = 0; column < y.columns; column += kPanelColumns) {
    const std::size_t width = std::min(kPanelColumns, y.columns - column);
    const float* const panel = panels + column * panel_rows;
    const float* const next = column + width == y.columns ? panels : panel + kPanelColumns * panel_rows;
    for (std::size_t row = 0; row < y.rows; row += kTileRows) {
      const std::size_t rows = std::min(kTileRows, y.rows - row);
      const std::size_t fetched = std::min(row / kTileRows * share, x.columns);
      sum_tile({x.row_block(row, rows), panel, begins, block},
               {next + fetched * kPanelColumns, std::min(share, x.columns - fetched)}, stack);
      for (std::size_t r = 0; r < rows; ++r) std::copy_n(stack[0] + r * kPanelColumns, width, y.row(row + r) + column);
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace lockstep
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lockstep {

HWY_EXPORT(PanelProduct);
HWY_EXPORT(PanelTreeProduct);

void panel_product(ConstMatrixView<float> x, const float* panels, std::size_t panel_rows, bool accumulate,
                   MatrixView<float> y) {
  assert(x.rows == y.rows && x.columns <= panel_rows);
  HWY_DYNAMIC_DISPATCH(PanelProduct)(x, panels, panel_rows, accumulate, y);
}

void panel_tree_product(ConstMatrixView<float> x, const float* panels, std::size_t panel_rows,
                        std::span<const std::size_t> begins, std::size_t block, MatrixView<float> y) {
  assert(x.rows == y.rows && x.columns <= panel_rows && begins.back() == x.columns);
  assert(std::has_single_bit(begins.size() - 1) && begins.size() - 1 <= kMostParts);
  HWY_DYNAMIC_DISPATCH(PanelTreeProduct)(x, panels, panel_rows, begins, block, y);
}

}  // namespace lockstep
#endif

#pragma once

#include <cstddef>
#include <span>

#include "framework/numeric/matrix.h"

namespace lockstep {

/// y [m][n] = x [m][k] W (+ y), with W in panels as pack_panels() leaves them, `panel_rows` ≥ k rows each. While a
/// panel is multiplied the next one is fetched, as the weights of a recurrence don't fit the near caches from one time
/// step to the next. An element of y is summed over k in order, whatever m and n are.
void panel_product(ConstMatrixView<float> x, const float* panels, std::size_t panel_rows, bool accumulate,
                   MatrixView<float> y);

/// y [m][n] = x [m][k] W as the sum of parts of k, a power of two of them: part p has k in [begins[p], begins[p + 1]).
/// Each is summed over k in order, `block` of them at a time (a number that must not depend on how shards are dealt to
/// parts), and then parts are added along the binary tree over them.
void panel_tree_product(ConstMatrixView<float> x, const float* panels, std::size_t panel_rows,
                        std::span<const std::size_t> begins, std::size_t block, MatrixView<float> y);

/// Rows of a panel that a product takes at a time, so that they stay in a near cache: 256 KB.
inline constexpr std::size_t kPanelBlockRows = 1024;

}  // namespace lockstep

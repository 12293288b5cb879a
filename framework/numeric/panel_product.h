#pragma once

#include <cstddef>

#include "framework/numeric/matrix.h"

namespace lockstep {

/// y [m][n] = x [m][k] W (+ y), with W in panels as pack_panels() leaves them, `panel_rows` ≥ k rows each. While a
/// panel is multiplied the next one is fetched, as the weights of a recurrence don't fit the near caches from one time
/// step to the next. An element of y is summed over k in order, whatever m and n are.
void panel_product(ConstMatrixView<float> x, const float* panels, std::size_t panel_rows, bool accumulate,
                   MatrixView<float> y);

}  // namespace lockstep

#pragma once

#include "framework/numeric/matrix.h"

namespace lockstep {

/// Replaces a square matrix by an orthogonal one: Q of its QR
/// factorisation, with the signs that make R's diagonal positive. Of a Gaussian matrix this is uniform over all such
/// (Saxe et al. 2014; Mezzadri 2007).
void orthogonalise(MatrixView<double> matrix);

}  // namespace lockstep

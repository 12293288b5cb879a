#pragma once

#include <functional>
#include <span>
#include <vector>

#include "framework/layers/parameters.h"

namespace lockstep::testing {

/// Numbers in ±scale, the same every time for the same seed.
std::vector<double> random_values(std::size_t count, double scale, std::uint64_t seed);

/// The largest difference between `gradient` and central differences of `loss` at `x` in float64, relative to the
/// largest element of the gradient. `loss` sees the values in `x`, which are changed and put back one after the other.
double gradient_error(std::span<double> x, std::span<const double> gradient, const std::function<double()>& loss);

/// The same for each parameter of a flat array; the worst of them. Prints the name of one that is off.
double parameter_gradient_error(const ParameterLayout& layout, std::span<double> parameters,
                                std::span<const double> gradients, const std::function<double()>& loss);

}  // namespace lockstep::testing

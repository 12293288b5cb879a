#include "tests/support/gradient_check.h"

#include <algorithm>
#include <cmath>
#include <random>

#include "tests/support/catch.h"

namespace lockstep::testing {

std::vector<double> random_values(std::size_t count, double scale, std::uint64_t seed) {
  std::mt19937_64 generator(seed);
  std::uniform_real_distribution<double> distribution(-scale, scale);
  std::vector<double> values(count);
  for (double& value : values) value = distribution(generator);
  return values;
}

double gradient_error(std::span<double> x, std::span<const double> gradient, const std::function<double()>& loss) {
  // Fourth-order central differences: their own error is near 1e-10 here, far below what is asked of the gradient.
  constexpr double kStep = 1e-3;
  double largest = 0;
  double worst = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double value = x[i];
    const auto at = [&](double offset) {
      x[i] = value + offset;
      const double result = loss();
      x[i] = value;
      return result;
    };
    const double numeric = (8 * (at(kStep) - at(-kStep)) - (at(2 * kStep) - at(-2 * kStep))) / (12 * kStep);
    largest = std::max({largest, std::abs(numeric), std::abs(gradient[i])});
    worst = std::max(worst, std::abs(numeric - gradient[i]));
  }
  return largest == 0 ? worst : worst / largest;
}

double parameter_gradient_error(const ParameterLayout& layout, std::span<double> parameters,
                                std::span<const double> gradients, const std::function<double()>& loss) {
  double worst = 0;
  for (const Parameter& p : layout.parameters()) {
    const double error =
        gradient_error(parameters.subspan(p.offset, p.size()), gradients.subspan(p.offset, p.size()), loss);
    if (error >= 1e-6) UNSCOPED_INFO("gradient of " << p.name << " is off by " << error);
    worst = std::max(worst, error);
  }
  return worst;
}

}  // namespace lockstep::testing

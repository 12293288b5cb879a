#include "framework/numeric/output_kernels.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

using namespace lockstep;

TEMPLATE_TEST_CASE("Softmax cross-entropy agrees with its definition in double, at any length", "[numeric]", float,
                   double) {
  using Real = TestType;
  const std::size_t size = GENERATE(1U, 2U, 15U, 16U, 33U, 1000U);
  const double smoothing = GENERATE(0.0, 0.1);
  std::vector<Real> logits(2 * size);
  for (std::size_t i = 0; i < logits.size(); ++i) logits[i] = static_cast<Real>(std::sin(static_cast<double>(i)) * 5);
  // One row with large numbers, whose exponentials alone would overflow.
  for (std::size_t i = 0; i < size; ++i) logits[size + i] += Real(500);
  const std::vector<std::int32_t> words = {static_cast<std::int32_t>(size / 2), static_cast<std::int32_t>(size - 1)};

  double wanted_objective = 0;
  double wanted_cross_entropy = 0;
  std::vector<double> wanted(logits.size());
  for (std::size_t r = 0; r < 2; ++r) {
    double sum = 0;
    for (std::size_t i = 0; i < size; ++i) sum += std::exp(static_cast<double>(logits[r * size + i]) - 500.0 * r);
    const double log_sum = std::log(sum) + 500.0 * r;
    for (std::size_t i = 0; i < size; ++i) {
      const double target = (i == static_cast<std::size_t>(words[r]) ? 1 - smoothing : 0) + smoothing / size;
      const double log_p = static_cast<double>(logits[r * size + i]) - log_sum;
      wanted[r * size + i] = std::exp(log_p) - target;
      wanted_objective -= target * log_p;
      if (i == static_cast<std::size_t>(words[r])) wanted_cross_entropy -= log_p;
    }
  }

  double objective = 0;
  double cross_entropy = 0;
  const std::vector<Real> bias(size);
  std::vector<Real> d_bias(size);
  softmax_cross_entropy(SoftmaxCrossEntropy<Real>{
      {logits.data(), 2, size}, bias.data(), words.data(), smoothing, true, d_bias.data(), &objective, &cross_entropy});
  const double tolerance = sizeof(Real) == 4 ? 1e-4 : 1e-11;
  CHECK(objective == Approx(wanted_objective).margin(tolerance));
  CHECK(cross_entropy == Approx(wanted_cross_entropy).margin(tolerance));
  for (std::size_t i = 0; i < logits.size(); ++i)
    CHECK(static_cast<double>(logits[i]) == Approx(wanted[i]).margin(tolerance / 10));
}

TEST_CASE("Maxout takes the larger of each pair and sends the gradient back to it", "[numeric]") {
  std::vector<float> input = {1, 2, 5, 5, -3, -4};
  std::vector<float> output(3);
  maxout_forward(MaxoutForward<float>{{input.data(), 1, 6}, {output.data(), 1, 3}});
  CHECK(output == std::vector<float>{2, 5, -3});
  std::vector<float> gradient = {10, 20, 30};
  maxout_backward(MaxoutBackward<float>{{gradient.data(), 1, 3}, {input.data(), 1, 6}});
  CHECK(input == std::vector<float>{0, 10, 20, 0, 30, 0});
}

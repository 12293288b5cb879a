#include "framework/numeric/output_kernels.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/instruction_sets.h"

using namespace lockstep;
using lockstep::testing::on_every_instruction_set;

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

TEMPLATE_TEST_CASE("Softmax cross-entropy adds the bias, and its gradient's rows to the bias' gradient", "[numeric]",
                   float, double) {
  using Real = TestType;
  // One group of four rows and one of two; one piece, several, and as many as there may be.
  constexpr std::size_t kRows = 6;
  const std::size_t size = GENERATE(7U, 1023U, 1024U, 2500U, 70001U);
  const double smoothing = GENERATE(0.0, 0.1);
  const std::size_t stride = size + 3;
  std::vector<double> bias(size);
  std::vector<double> logits(kRows * stride, 9);
  std::vector<std::int32_t> words(kRows);
  for (std::size_t i = 0; i < size; ++i) bias[i] = 0.25 * static_cast<double>(i % 8);
  for (std::size_t r = 0; r < kRows; ++r) {
    words[r] = static_cast<std::int32_t>((r * 977 + 5) % size);
    // Later pieces have larger logits in some rows, and smaller ones in others.
    for (std::size_t i = 0; i < size; ++i)
      logits[r * stride + i] = static_cast<double>((i * 31 + r) % 17) / 4 +
                               (r % 2 == 0 ? 8.0 : -8.0) * std::floor(8 * static_cast<double>(i) / size) / 8;
  }
  double wanted_objective = 0;
  double wanted_cross_entropy = 0;
  std::vector<double> log_p(logits.size());
  std::vector<double> wanted(logits.size());
  std::vector<double> wanted_d_bias(size, 0.5);
  for (std::size_t r = 0; r < kRows; ++r) {
    double sum = 0;
    for (std::size_t i = 0; i < size; ++i) sum += std::exp(logits[r * stride + i] + bias[i]);
    for (std::size_t i = 0; i < size; ++i) {
      const bool word = i == static_cast<std::size_t>(words[r]);
      const double target = (word ? 1 - smoothing : 0) + smoothing / static_cast<double>(size);
      const std::size_t at = r * stride + i;
      log_p[at] = logits[at] + bias[i] - std::log(sum);
      wanted[at] = std::exp(log_p[at]) - target;
      wanted_d_bias[i] += wanted[at];
      wanted_objective -= target * log_p[at];
      if (word) wanted_cross_entropy -= log_p[at];
    }
  }
  const std::vector<Real> given_bias(bias.begin(), bias.end());
  const double tolerance = sizeof(Real) == 4 ? 1e-5 : 1e-12;
  const auto far = [&](double value, double exact) { return !(std::abs(value - exact) <= tolerance); };
  on_every_instruction_set([&] {
    for (const bool gradient : {true, false}) {
      std::vector<Real> x(logits.begin(), logits.end());
      std::vector<Real> d_bias(size, Real(0.5));
      double objective = 1;
      double cross_entropy = 2;
      softmax_cross_entropy(SoftmaxCrossEntropy<Real>{{x.data(), kRows, size, stride},
                                                      given_bias.data(),
                                                      words.data(),
                                                      smoothing,
                                                      gradient,
                                                      d_bias.data(),
                                                      &objective,
                                                      &cross_entropy});
      CHECK(objective - 1 == Approx(wanted_objective).epsilon(tolerance));
      CHECK(cross_entropy - 2 == Approx(wanted_cross_entropy).epsilon(tolerance));
      std::size_t faults = 0;
      for (std::size_t i = 0; i < size && gradient; ++i)
        faults += far(static_cast<double>(d_bias[i]), wanted_d_bias[i]);
      for (std::size_t i = 0; i < x.size(); ++i) {
        if (i % stride >= size)
          faults += x[i] != Real(9);
        else if (gradient)
          faults += far(static_cast<double>(x[i]), wanted[i]);
      }
      CHECK(faults == 0);
    }
  });
}

TEST_CASE("A logit that is not a number shows in the loss, one of minus infinity has no part in it", "[numeric]") {
  const std::size_t place = GENERATE(0U, 15U, 1030U, 2999U);
  on_every_instruction_set([&] {
    std::vector<float> logits(3000, 1.0F);
    const std::vector<float> bias(3000);
    std::vector<float> d_bias(3000);
    const std::int32_t word = 2;
    double objective = 0;
    double cross_entropy = 0;
    const SoftmaxCrossEntropy<float> arguments{
        {logits.data(), 1, 3000}, bias.data(), &word, 0, true, d_bias.data(), &objective, &cross_entropy};
    logits[place] = -std::numeric_limits<float>::infinity();
    softmax_cross_entropy(arguments);
    CHECK(objective == Approx(std::log(2999.0)).epsilon(1e-6));
    CHECK(logits[place] == 0);
    std::fill(logits.begin(), logits.end(), 1.0F);
    std::fill(logits.begin(), logits.begin() + 1024, -std::numeric_limits<float>::infinity());
    logits[2] = 1;
    objective = 0;
    softmax_cross_entropy(arguments);
    CHECK(objective == Approx(std::log(1977.0)).epsilon(1e-6));
    std::fill(logits.begin(), logits.end(), 1.0F);
    logits[place] = std::numeric_limits<float>::quiet_NaN();
    objective = 0;
    softmax_cross_entropy(arguments);
    CHECK(std::isnan(objective));
    std::fill(logits.begin(), logits.end(), 1.0F);
    logits[place] = std::numeric_limits<float>::infinity();
    objective = 0;
    softmax_cross_entropy(arguments);
    CHECK(std::isnan(objective));
  });
}

TEMPLATE_TEST_CASE("Maxout holds at any number of units, also where both of a pair are equal", "[numeric]", float,
                   double) {
  using Real = TestType;
  const std::size_t units = GENERATE(1U, 7U, 16U, 33U);
  on_every_instruction_set([&] {
    std::vector<Real> input(2 * 2 * units);
    for (std::size_t i = 0; i < input.size(); ++i) input[i] = static_cast<Real>((i * 7) % 5);
    const std::vector<Real> before = input;
    std::vector<Real> output(2 * units);
    maxout_forward(MaxoutForward<Real>{{input.data(), 2, 2 * units}, {output.data(), 2, units}});
    std::vector<Real> gradient(2 * units);
    for (std::size_t i = 0; i < gradient.size(); ++i) gradient[i] = static_cast<Real>(i) + 1;
    maxout_backward(MaxoutBackward<Real>{{gradient.data(), 2, units}, {input.data(), 2, 2 * units}});
    for (std::size_t i = 0; i < output.size(); ++i) {
      CHECK(output[i] == std::max(before[2 * i], before[2 * i + 1]));
      const bool first = before[2 * i] >= before[2 * i + 1];
      CHECK(input[2 * i] == (first ? gradient[i] : 0));
      CHECK(input[2 * i + 1] == (first ? 0 : gradient[i]));
    }
  });
}

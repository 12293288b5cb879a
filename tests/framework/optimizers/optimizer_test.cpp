#include "framework/optimizers/optimizer.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "framework/numeric/optimizer_kernels.h"
#include "tests/support/catch.h"

namespace lockstep {
namespace {

/// A number in [-1, 1) that depends on both arguments.
float noise(std::uint64_t a, std::uint64_t b) {
  std::uint64_t x = (a + 1) * 0x9E3779B97F4A7C15ULL ^ (b + 1) * 0xC2B2AE3D27D4EB4FULL;
  x ^= x >> 29;
  x *= 0xBF58476D1CE4E5B9ULL;
  return static_cast<float>(static_cast<double>(x >> 11) / static_cast<double>(1ULL << 52) - 1);
}

OptimizerConfiguration configuration_of(OptimizerKind kind, double learning_rate) {
  OptimizerConfiguration configuration;
  configuration.kind = kind;
  configuration.learning_rate = learning_rate;
  return configuration;
}

/// One element's way through the published formulas, in double.
struct PlainElement {
  double parameter = 0, first = 0, second = 0;

  void step(const OptimizerConfiguration& c, int t, double g) {
    switch (c.kind) {
      case OptimizerKind::kAdam: {
        first = c.beta1 * first + (1 - c.beta1) * g;
        second = c.beta2 * second + (1 - c.beta2) * g * g;
        const double m_hat = first / (1 - std::pow(c.beta1, t));
        const double v_hat = second / (1 - std::pow(c.beta2, t));
        parameter -= c.learning_rate * m_hat / (std::sqrt(v_hat) + 1e-8);
        break;
      }
      case OptimizerKind::kAdadelta: {
        first = c.rho * first + (1 - c.rho) * g * g;
        const double delta = -std::sqrt(second + 1e-6) / std::sqrt(first + 1e-6) * g;
        second = c.rho * second + (1 - c.rho) * delta * delta;
        parameter += c.learning_rate * delta;
        break;
      }
      case OptimizerKind::kSgd:
        first = c.momentum * first + g;
        parameter -= c.learning_rate * first;
        break;
    }
  }
};

}  // namespace

TEST_CASE("optimizers follow their published formulas", "[optimizers]") {
  constexpr std::size_t kElements = 160;
  for (const OptimizerConfiguration& configuration :
       {configuration_of(OptimizerKind::kAdam, 0.01), configuration_of(OptimizerKind::kAdadelta, 1),
        configuration_of(OptimizerKind::kSgd, 0.1)}) {
    const auto optimizer = make_optimizer(configuration, kElements);
    std::vector<float> parameters(kElements), gradient(kElements);
    std::vector<PlainElement> plain(kElements);
    for (std::size_t i = 0; i < kElements; ++i) parameters[i] = noise(i, 0);
    for (std::size_t i = 0; i < kElements; ++i) plain[i].parameter = static_cast<double>(parameters[i]);
    const float scale = 0.125F;  // a power of two: exact in both
    for (int t = 1; t <= 20; ++t) {
      for (std::size_t i = 0; i < kElements; ++i) {
        gradient[i] = noise(i, static_cast<std::uint64_t>(t));
        plain[i].step(configuration, t, static_cast<double>(gradient[i] * scale));
      }
      optimizer->step(static_cast<std::uint64_t>(t), gradient, scale, parameters);
    }
    double worst = 0;
    for (std::size_t i = 0; i < kElements; ++i) {
      worst = std::max(worst, std::abs(static_cast<double>(parameters[i]) - plain[i].parameter));
    }
    CHECK(worst < 3e-6);
  }
}

// tests/reference would need PyTorch to run; these are torch.optim's values (PyTorch 1.13, float64) after four steps.
TEST_CASE("optimizers agree with PyTorch", "[optimizers]") {
  struct Case {
    OptimizerConfiguration configuration;
    std::array<double, 3> expected;
  };
  const std::vector<Case> cases{
      {configuration_of(OptimizerKind::kAdam, 0.01), {0.4857657244754888, -1.223661006948814, 1.9817651470184794}},
      {configuration_of(OptimizerKind::kAdadelta, 1), {0.49163481108690144, -1.2414173603369203, 2.0012395981839983}},
      {configuration_of(OptimizerKind::kSgd, 0.1), {0.26901, -0.73977, 1.96664}},
  };
  const std::array<std::array<float, 3>, 4> gradients{
      {{0.1F, -0.2F, 0.3F}, {-0.4F, 0.05F, 0.0F}, {1.5F, -2.5F, 1e-3F}, {0.2F, 0.2F, -0.7F}}};
  for (const Case& one : cases) {
    const auto optimizer = make_optimizer(one.configuration, kOptimizerGrain);
    std::vector<float> parameters(kOptimizerGrain, 0.0F), gradient(kOptimizerGrain, 0.0F);
    const std::array<float, 3> first{0.5F, -1.25F, 2.0F};
    std::copy(first.begin(), first.end(), parameters.begin());
    for (std::size_t t = 0; t < gradients.size(); ++t) {
      std::copy(gradients[t].begin(), gradients[t].end(), gradient.begin());
      optimizer->step(t + 1, gradient, 1, parameters);
    }
    for (std::size_t i = 0; i < 3; ++i) {
      CHECK(static_cast<double>(parameters[i]) == Approx(one.expected[i]).epsilon(1e-6));
    }
    CHECK(parameters[5] == 0.0F);  // padding: no gradient, no change
  }
}

TEST_CASE("an optimizer's bits don't depend on how the array is cut", "[optimizers]") {
  constexpr std::size_t kElements = 1024;
  for (const OptimizerKind kind : {OptimizerKind::kAdam, OptimizerKind::kAdadelta, OptimizerKind::kSgd}) {
    const OptimizerConfiguration configuration = configuration_of(kind, 0.1);
    const auto whole = make_optimizer(configuration, kElements);
    const auto left = make_optimizer(configuration, 48);
    const auto right = make_optimizer(configuration, kElements - 48);
    std::vector<float> one(kElements), two(kElements), gradient(kElements);
    for (std::size_t i = 0; i < kElements; ++i) one[i] = two[i] = noise(i, 7);
    for (std::uint64_t t = 1; t <= 3; ++t) {
      for (std::size_t i = 0; i < kElements; ++i) gradient[i] = noise(i, t);
      const std::span<const float> all(gradient);
      whole->step(t, all, 0.3F, one);
      left->step(t, all.first(48), 0.3F, std::span(two).first(48));
      right->step(t, all.subspan(48), 0.3F, std::span(two).subspan(48));
    }
    CHECK(std::memcmp(one.data(), two.data(), kElements * sizeof(float)) == 0);
  }
}

TEST_CASE("epsilon 0 stands for the optimizer's own, another value for itself", "[optimizers]") {
  for (const auto& [kind, own] : {std::pair{OptimizerKind::kAdam, 1e-8}, {OptimizerKind::kAdadelta, 1e-6}}) {
    const auto first_step = [chosen = kind](double epsilon) {
      OptimizerConfiguration configuration = configuration_of(chosen, 1);
      configuration.epsilon = epsilon;
      std::vector<float> parameters(kOptimizerGrain, 0.0F);
      const std::vector<float> gradient(kOptimizerGrain, 1e-4F);
      make_optimizer(configuration, kOptimizerGrain)->step(1, gradient, 1, parameters);
      return parameters[0];
    };
    CHECK(first_step(0) == first_step(own));
    CHECK(first_step(0) != first_step(1e-3));
  }
}

TEST_CASE("learning rate 0 stands for the optimizer's own, Adadelta's is the paper's", "[optimizers]") {
  for (const auto& [kind, own] :
       {std::pair{OptimizerKind::kAdam, 0.001}, {OptimizerKind::kAdadelta, 1.0}, {OptimizerKind::kSgd, 0.1}}) {
    CHECK(make_optimizer(configuration_of(kind, 0), kOptimizerGrain)->learning_rate() == own);
    CHECK(make_optimizer(configuration_of(kind, 0.5), kOptimizerGrain)->learning_rate() == 0.5);
  }
}

TEST_CASE("slots bear the names that checkpoints know", "[optimizers]") {
  using Names = std::vector<std::string>;
  const auto slot_names = [](const OptimizerConfiguration& configuration) {
    const auto optimizer = make_optimizer(configuration, kOptimizerGrain);
    Names names;
    for (const OptimizerSlot& slot : optimizer->slots()) names.push_back(slot.name);
    return names;
  };
  CHECK(slot_names(configuration_of(OptimizerKind::kAdam, 1)) == Names{"m", "v"});
  CHECK(slot_names(configuration_of(OptimizerKind::kAdadelta, 1)) == Names{"squared_gradient", "squared_update"});
  CHECK(slot_names(configuration_of(OptimizerKind::kSgd, 1)) == Names{"velocity"});
}

TEST_CASE("squares are summed in double in one order for every instruction set", "[optimizers]") {
  constexpr std::size_t kBlock = 1024;
  std::vector<float> values(3 * kBlock);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = std::ldexp(noise(i, 3), static_cast<int>(i % 20) - 10);
  std::vector<double> sums(3);
  squared_block_sums(values, kBlock, sums);
  for (std::size_t block = 0; block < 3; ++block) {
    double partial[16] = {};
    for (std::size_t i = 0; i < kBlock; ++i) {
      const double value = static_cast<double>(values[block * kBlock + i]);
      partial[i % 16] += value * value;
    }
    double expected = 0;
    for (const double value : partial) expected += value;
    CHECK(sums[block] == expected);
  }
}

}  // namespace lockstep

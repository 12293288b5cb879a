#include "framework/optimizers/adam.h"

#include <cmath>

#include "framework/numeric/optimizer_kernels.h"

namespace lockstep {

Adam::Adam(const OptimizerConfiguration& configuration, std::size_t elements)
    : Optimizer({"m", "v"}, elements),
      learning_rate_(configuration.learning_rate > 0 ? configuration.learning_rate : 0.001),
      beta1_(configuration.beta1),
      beta2_(configuration.beta2),
      epsilon_(configuration.epsilon > 0 ? configuration.epsilon : 1e-8) {}

void Adam::step(std::uint64_t update, std::span<const float> gradient, float gradient_scale,
                std::span<float> parameters) {
  const double t = static_cast<double>(update);
  AdamCoefficients coefficients;
  coefficients.gradient_scale = gradient_scale;
  coefficients.beta1 = static_cast<float>(beta1_);
  coefficients.beta2 = static_cast<float>(beta2_);
  coefficients.step = static_cast<float>(learning_rate_ / (1 - std::pow(beta1_, t)));
  coefficients.inverse_root = static_cast<float>(1 / std::sqrt(1 - std::pow(beta2_, t)));
  coefficients.epsilon = static_cast<float>(epsilon_);
  adam_pass(coefficients, gradient, slots()[0].values, slots()[1].values, parameters);
}

}  // namespace lockstep

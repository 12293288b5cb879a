#include "framework/optimizers/adadelta.h"

#include "framework/numeric/optimizer_kernels.h"

namespace lockstep {

Adadelta::Adadelta(const OptimizerConfiguration& configuration, std::size_t elements)
    : Optimizer({"squared_gradient", "squared_update"}, elements),
      learning_rate_(configuration.learning_rate > 0 ? configuration.learning_rate : 1),
      rho_(configuration.rho),
      epsilon_(configuration.epsilon > 0 ? configuration.epsilon : 1e-6) {}

void Adadelta::step(std::uint64_t /*update*/, std::span<const float> gradient, float gradient_scale,
                    std::span<float> parameters) {
  AdadeltaCoefficients coefficients;
  coefficients.gradient_scale = gradient_scale;
  coefficients.rho = static_cast<float>(rho_);
  coefficients.epsilon = static_cast<float>(epsilon_);
  coefficients.learning_rate = static_cast<float>(learning_rate_);
  adadelta_pass(coefficients, gradient, slots()[0].values, slots()[1].values, parameters);
}

}  // namespace lockstep

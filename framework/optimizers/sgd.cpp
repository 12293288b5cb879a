#include "framework/optimizers/sgd.h"

#include "framework/numeric/optimizer_kernels.h"

namespace lockstep {

Sgd::Sgd(const OptimizerConfiguration& configuration, std::size_t elements)
    : Optimizer({"velocity"}, elements),
      learning_rate_(configuration.learning_rate > 0 ? configuration.learning_rate : 0.1),
      momentum_(configuration.momentum) {}

void Sgd::step(std::uint64_t /*update*/, std::span<const float> gradient, float gradient_scale,
               std::span<float> parameters) {
  SgdCoefficients coefficients;
  coefficients.gradient_scale = gradient_scale;
  coefficients.momentum = static_cast<float>(momentum_);
  coefficients.learning_rate = static_cast<float>(learning_rate_);
  sgd_pass(coefficients, gradient, slots()[0].values, parameters);
}

}  // namespace lockstep

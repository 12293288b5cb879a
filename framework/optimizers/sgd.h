#pragma once

#include "framework/optimizers/optimizer.h"

namespace lockstep {

/// Stochastic gradient descent with momentum (Polyak): u_t = μ u_{t-1} + g_t, θ_t = θ_{t-1} - α u_t. Slot: velocity.
class Sgd final : public Optimizer {
 public:
  Sgd(const OptimizerConfiguration& configuration, std::size_t elements);

  void step(std::uint64_t update, std::span<const float> gradient, float gradient_scale,
            std::span<float> parameters) override;
  [[nodiscard]] double learning_rate() const override { return learning_rate_; }

 private:
  double learning_rate_;
  double momentum_;
};

}  // namespace lockstep

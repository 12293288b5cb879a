#pragma once

#include "framework/optimizers/optimizer.h"

namespace lockstep {

/// Adadelta of Zeiler (2012), Algorithm 1, times a learning rate that is 1 there:
/// E[g²]_t = ρ E[g²]_{t-1} + (1-ρ) g_t², Δ_t = -√(E[Δ²]_{t-1} + ε) / √(E[g²]_t + ε) g_t,
/// E[Δ²]_t = ρ E[Δ²]_{t-1} + (1-ρ) Δ_t², θ_t = θ_{t-1} + α Δ_t. Slots: squared_gradient, squared_update.
class Adadelta final : public Optimizer {
 public:
  Adadelta(const OptimizerConfiguration& configuration, std::size_t elements);

  void step(std::uint64_t update, std::span<const float> gradient, float gradient_scale,
            std::span<float> parameters) override;
  [[nodiscard]] double learning_rate() const override { return learning_rate_; }

 private:
  double learning_rate_;
  double rho_;
  double epsilon_;
};

}  // namespace lockstep

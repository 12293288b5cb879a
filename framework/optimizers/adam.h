#pragma once

#include "framework/optimizers/optimizer.h"

namespace lockstep {

/// Adam of Kingma and Ba (2015), Algorithm 1, with bias correction:
/// m_t = β1 m_{t-1} + (1-β1) g_t, v_t = β2 v_{t-1} + (1-β2) g_t², θ_t = θ_{t-1} - α m̂_t / (√v̂_t + ε)
/// with m̂_t = m_t / (1-β1^t), v̂_t = v_t / (1-β2^t). Slots: m, v.
class Adam final : public Optimizer {
 public:
  Adam(const OptimizerConfiguration& configuration, std::size_t elements);

  void step(std::uint64_t update, std::span<const float> gradient, float gradient_scale,
            std::span<float> parameters) override;
  [[nodiscard]] double learning_rate() const override { return learning_rate_; }

 private:
  double learning_rate_;
  double beta1_;
  double beta2_;
  double epsilon_;
};

}  // namespace lockstep

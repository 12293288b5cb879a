#pragma once

#include <cstddef>
#include <span>

namespace lockstep {

// One pass over memory for each optimizer. All spans of a call have the same size, a multiple of kOptimizerGrain, and
// don't overlap; element i depends on element i of the others alone, so that a result never depends on how arrays are
// cut. The gradient is multiplied by `gradient_scale` first.

inline constexpr std::size_t kOptimizerGrain = 16;

struct AdamCoefficients {
  float gradient_scale = 1;
  float beta1 = 0;
  float beta2 = 0;
  float step = 0;          ///< learning rate / (1 - beta1^t)
  float inverse_root = 1;  ///< 1 / sqrt(1 - beta2^t)
  float epsilon = 0;
};
/// m = beta1 m + (1 - beta1) g; v = beta2 v + (1 - beta2) g^2; parameter -= step m / (sqrt(v) inverse_root + epsilon).
void adam_pass(const AdamCoefficients& coefficients, std::span<const float> gradient, std::span<float> m,
               std::span<float> v, std::span<float> parameters);

struct AdadeltaCoefficients {
  float gradient_scale = 1;
  float rho = 0;
  float epsilon = 0;
  float learning_rate = 1;
};
/// s = rho s + (1 - rho) g^2; d = sqrt(u + epsilon) / sqrt(s + epsilon) g; u = rho u + (1 - rho) d^2;
/// parameter -= learning_rate d, with s the mean squared gradient and u the mean squared update.
void adadelta_pass(const AdadeltaCoefficients& coefficients, std::span<const float> gradient,
                   std::span<float> squared_gradient, std::span<float> squared_update, std::span<float> parameters);

struct SgdCoefficients {
  float gradient_scale = 1;
  float momentum = 0;
  float learning_rate = 0;
};
/// velocity = momentum velocity + g; parameter -= learning_rate velocity.
void sgd_pass(const SgdCoefficients& coefficients, std::span<const float> gradient, std::span<float> velocity,
              std::span<float> parameters);

/// sums[b] = the sum in double of the squares of values[b * block .. (b + 1) * block). `block` is a multiple of 16 and
/// divides values.size(). The order of additions, and with it every bit, is the same for every instruction set.
void squared_block_sums(std::span<const float> values, std::size_t block, std::span<double> sums);

}  // namespace lockstep

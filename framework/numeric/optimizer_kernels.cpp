#include "framework/numeric/optimizer_kernels.h"

#include <cassert>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "framework/numeric/optimizer_kernels.cpp"
#include <hwy/foreach_target.h>  // compiles what follows once for each instruction set
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace lockstep {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
// At most 16 lanes, so that the grain is whole vectors everywhere and no pass has a remainder.
using Floats = hn::CappedTag<float, kOptimizerGrain>;
using Doubles = hn::CappedTag<double, 8>;

void AdamPass(const AdamCoefficients& c, std::size_t size, const float* gradient, float* m, float* v,
              float* parameters) {
  const Floats d;
  const auto scale = hn::Set(d, c.gradient_scale);
  const auto beta1 = hn::Set(d, c.beta1);
  const auto rest1 = hn::Set(d, 1.0F - c.beta1);
  const auto beta2 = hn::Set(d, c.beta2);
  const auto rest2 = hn::Set(d, 1.0F - c.beta2);
  const auto step = hn::Set(d, c.step);
  const auto inverse_root = hn::Set(d, c.inverse_root);
  const auto epsilon = hn::Set(d, c.epsilon);
  for (std::size_t i = 0; i < size; i += hn::Lanes(d)) {
    const auto g = hn::Mul(hn::LoadU(d, gradient + i), scale);
    const auto new_m = hn::MulAdd(hn::LoadU(d, m + i), beta1, hn::Mul(g, rest1));
    const auto new_v = hn::MulAdd(hn::LoadU(d, v + i), beta2, hn::Mul(hn::Mul(g, g), rest2));
    const auto divisor = hn::MulAdd(hn::Sqrt(new_v), inverse_root, epsilon);
    hn::StoreU(new_m, d, m + i);
    hn::StoreU(new_v, d, v + i);
    hn::StoreU(hn::Sub(hn::LoadU(d, parameters + i), hn::Div(hn::Mul(step, new_m), divisor)), d, parameters + i);
  }
}

void AdadeltaPass(const AdadeltaCoefficients& c, std::size_t size, const float* gradient, float* squared_gradient,
                  float* squared_update, float* parameters) {
  const Floats d;
  const auto scale = hn::Set(d, c.gradient_scale);
  const auto rho = hn::Set(d, c.rho);
  const auto rest = hn::Set(d, 1.0F - c.rho);
  const auto epsilon = hn::Set(d, c.epsilon);
  const auto learning_rate = hn::Set(d, c.learning_rate);
  for (std::size_t i = 0; i < size; i += hn::Lanes(d)) {
    const auto g = hn::Mul(hn::LoadU(d, gradient + i), scale);
    const auto s = hn::MulAdd(hn::LoadU(d, squared_gradient + i), rho, hn::Mul(hn::Mul(g, g), rest));
    const auto u = hn::LoadU(d, squared_update + i);
    const auto root = hn::Div(hn::Sqrt(hn::Add(u, epsilon)), hn::Sqrt(hn::Add(s, epsilon)));
    const auto update = hn::Mul(root, g);
    hn::StoreU(s, d, squared_gradient + i);
    hn::StoreU(hn::MulAdd(u, rho, hn::Mul(hn::Mul(update, update), rest)), d, squared_update + i);
    hn::StoreU(hn::NegMulAdd(learning_rate, update, hn::LoadU(d, parameters + i)), d, parameters + i);
  }
}

void SgdPass(const SgdCoefficients& c, std::size_t size, const float* gradient, float* velocity, float* parameters) {
  const Floats d;
  const auto scale = hn::Set(d, c.gradient_scale);
  const auto momentum = hn::Set(d, c.momentum);
  const auto learning_rate = hn::Set(d, c.learning_rate);
  for (std::size_t i = 0; i < size; i += hn::Lanes(d)) {
    const auto g = hn::Mul(hn::LoadU(d, gradient + i), scale);
    const auto new_velocity = hn::MulAdd(hn::LoadU(d, velocity + i), momentum, g);
    hn::StoreU(new_velocity, d, velocity + i);
    hn::StoreU(hn::NegMulAdd(learning_rate, new_velocity, hn::LoadU(d, parameters + i)), d, parameters + i);
  }
}

// Element i of a block goes to partial sum i % 16, whatever the width of a vector; a float's square is exact in double,
// so that a fused multiply-add rounds no differently either.
double SquaredSum(const float* values, std::size_t size) {
  const Doubles d;
  const hn::Rebind<float, Doubles> half;
  const std::size_t lanes = hn::Lanes(d);
  double partial[16];
  for (std::size_t first = 0; first < 16; first += 2 * lanes) {
    auto left = hn::Zero(d);
    auto right = hn::Zero(d);
    for (std::size_t i = first; i < size; i += 16) {
      const auto a = hn::PromoteTo(d, hn::LoadU(half, values + i));
      const auto b = hn::PromoteTo(d, hn::LoadU(half, values + i + lanes));
      left = hn::MulAdd(a, a, left);
      right = hn::MulAdd(b, b, right);
    }
    hn::StoreU(left, d, partial + first);
    hn::StoreU(right, d, partial + first + lanes);
  }
  double sum = 0;
  for (const double value : partial) sum += value;
  return sum;
}

void SquaredBlockSums(const float* values, std::size_t block, std::size_t blocks, double* sums) {
  for (std::size_t b = 0; b < blocks; ++b) sums[b] = SquaredSum(values + b * block, block);
}

}  // namespace HWY_NAMESPACE
}  // namespace lockstep
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lockstep {

HWY_EXPORT(AdamPass);
HWY_EXPORT(AdadeltaPass);
HWY_EXPORT(SgdPass);
HWY_EXPORT(SquaredBlockSums);

void adam_pass(const AdamCoefficients& coefficients, std::span<const float> gradient, std::span<float> m,
               std::span<float> v, std::span<float> parameters) {
  assert(gradient.size() % kOptimizerGrain == 0 && m.size() == gradient.size() && v.size() == gradient.size() &&
         parameters.size() == gradient.size());
  HWY_DYNAMIC_DISPATCH(AdamPass)
  (coefficients, gradient.size(), gradient.data(), m.data(), v.data(), parameters.data());
}

void adadelta_pass(const AdadeltaCoefficients& coefficients, std::span<const float> gradient,
                   std::span<float> squared_gradient, std::span<float> squared_update, std::span<float> parameters) {
  assert(gradient.size() % kOptimizerGrain == 0 && squared_gradient.size() == gradient.size() &&
         squared_update.size() == gradient.size() && parameters.size() == gradient.size());
  HWY_DYNAMIC_DISPATCH(AdadeltaPass)
  (coefficients, gradient.size(), gradient.data(), squared_gradient.data(), squared_update.data(), parameters.data());
}

void sgd_pass(const SgdCoefficients& coefficients, std::span<const float> gradient, std::span<float> velocity,
              std::span<float> parameters) {
  assert(gradient.size() % kOptimizerGrain == 0 && velocity.size() == gradient.size() &&
         parameters.size() == gradient.size());
  HWY_DYNAMIC_DISPATCH(SgdPass)(coefficients, gradient.size(), gradient.data(), velocity.data(), parameters.data());
}

void squared_block_sums(std::span<const float> values, std::size_t block, std::span<double> sums) {
  assert(block % 16 == 0 && sums.size() * block == values.size());
  HWY_DYNAMIC_DISPATCH(SquaredBlockSums)(values.data(), block, sums.size(), sums.data());
}

}  // namespace lockstep
#endif

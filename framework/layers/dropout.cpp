#include "framework/layers/dropout.h"

#include <cmath>

namespace lockstep {

template <typename Real>
Dropout<Real>::Dropout(double rate, const RandomStream& stream, std::size_t rows, std::size_t columns, Arena& arena) {
  if (rate <= 0) return;
  mask_ = arena.matrix<Real>(rows, columns);
  const auto keep = static_cast<Real>(1 / (1 - rate));
  const auto threshold = static_cast<std::uint32_t>(std::lround(rate * 0x1p32));
  Real* const mask = mask_.data;
  const std::size_t size = mask_.size();
  for (std::size_t i = 0; i < size; i += 4) {
    const auto numbers = stream.block(static_cast<std::uint32_t>(i / 4));
    for (std::size_t j = 0; j < 4 && i + j < size; ++j) mask[i + j] = numbers[j] < threshold ? Real{0} : keep;
  }
}

template class Dropout<float>;
template class Dropout<double>;

}  // namespace lockstep

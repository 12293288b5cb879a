#include "framework/layers/dropout.h"

#include <algorithm>
#include <cmath>

namespace lockstep {

template <typename Real>
Dropout<Real>::Dropout(double rate, std::size_t rows, std::size_t columns, Arena& arena) : rate_(rate) {
  if (rate > 0) mask_ = arena.matrix<Real>(rows, columns);
}

template <typename Real>
void Dropout<Real>::draw(const RandomStream& stream, const RowSelection& rows) const {
  if (mask_.data == nullptr) return;
  const auto keep = static_cast<Real>(1 / (1 - rate_));
  const auto threshold = static_cast<std::uint32_t>(std::lround(rate_ * 0x1p32));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    Real* const mask = mask_.row(rows[i]);
    // Numbers come by four, and a row may begin and end within a block of them.
    const std::size_t first = i * mask_.columns;
    const std::size_t last = first + mask_.columns;
    for (std::size_t block = first / 4; block * 4 < last; ++block) {
      const auto numbers = stream.block(static_cast<std::uint32_t>(block));
      const std::size_t begin = std::max(first, block * 4);
      const std::size_t end = std::min(last, block * 4 + 4);
      for (std::size_t n = begin; n < end; ++n) mask[n - first] = numbers[n - block * 4] < threshold ? Real{0} : keep;
    }
  }
}

template class Dropout<float>;
template class Dropout<double>;

}  // namespace lockstep

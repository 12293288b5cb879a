#include "framework/layers/embedding.h"

#include <algorithm>

#include "framework/numeric/elementwise.h"

namespace lockstep {

template <typename Real>
Embedding<Real>::Embedding(ParameterLayout& layout, std::string name, std::size_t words, std::size_t size,
                           InitialValue initial)
    : offset_(layout[layout.add(std::move(name), words, size, initial, true)].offset), words_(words), size_(size) {}

template <typename Real>
void Embedding<Real>::forward(std::span<const std::int32_t> words, MatrixView<Real> y) const {
  for (std::size_t r = 0; r < words.size(); ++r) {
    if (words[r] < 0)
      std::fill_n(y.row(r), size_, Real{0});
    else
      std::copy_n(values_ + static_cast<std::size_t>(words[r]) * size_, size_, y.row(r));
  }
}

template <typename Real>
void Embedding<Real>::gradient(std::span<const std::int32_t> words, ConstMatrixView<Real> dy,
                               std::span<Real> gradients) const {
  const MatrixView<Real> de(gradients.data() + offset_, words_, size_);
  for (const std::int32_t word : words) {
    if (word >= 0) std::fill_n(de.row(static_cast<std::size_t>(word)), size_, Real{0});
  }
  add_rows(AddRows<Real>{dy, words.data(), de});
}

template class Embedding<float>;
template class Embedding<double>;

}  // namespace lockstep

#include "framework/layers/embedding.h"

#include <algorithm>
#include <array>
#include <bit>

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

namespace {

/// Adds rows of some of the parts along the tree over all parts; a sum with a part that isn't there is the other one.
template <typename Real>
class SparsePartSum {
 public:
  /// The sum is built in `total`, with the rows of `scratch` for what waits.
  SparsePartSum(std::span<Real> total, MatrixView<Real> scratch) : total_(total), scratch_(scratch) {}

  /// The sum of part `p`, zeros at first; parts in ascending order.
  [[nodiscard]] std::span<Real> begin(std::size_t p) {
    // What meets before the new part comes in is complete.
    while (entries_ > 1 && meeting(parts_[entries_ - 2], parts_[entries_ - 1]) < meeting(parts_[entries_ - 1], p))
      fold();
    parts_[entries_] = p;
    const std::span<Real> sum = entry(entries_++);
    std::fill(sum.begin(), sum.end(), Real{0});
    return sum;
  }
  void finish() {
    while (entries_ > 1) fold();
  }

 private:
  [[nodiscard]] std::span<Real> entry(std::size_t i) const {
    return i == 0 ? total_ : std::span<Real>(scratch_.row(i - 1), scratch_.columns);
  }
  /// The height at which two parts meet in the tree.
  [[nodiscard]] static auto meeting(std::size_t a, std::size_t b) { return std::bit_width(a ^ b); }
  void fold() {
    --entries_;
    const std::span<Real> right = entry(entries_);
    add_to(AddTo<Real>{{right.data(), 1, right.size()}, {entry(entries_ - 1).data(), 1, right.size()}});
  }

  std::span<Real> total_;
  MatrixView<Real> scratch_;
  std::array<std::size_t, kMostParts> parts_ = {};
  std::size_t entries_ = 0;
};

}  // namespace

template <typename Real>
void Embedding<Real>::gradient_of_parts(const RowParts& parts, std::span<const std::int32_t> words,
                                        ConstMatrixView<Real> dy, MatrixView<Real> de, Arena& arena) const {
  struct Place {
    std::int32_t word;
    std::uint32_t part;
    std::uint32_t order;  ///< among the rows of all parts
    std::uint32_t row;
  };
  const std::span<Place> places = arena.take<Place>(parts.rows());
  std::uint32_t order = 0;
  for (std::size_t p = 0; p < parts.size(); ++p) {
    const RowSelection rows = parts[p];
    for (std::size_t i = 0; i < rows.size(); ++i, ++order)
      places[order] = {words[rows[i]], static_cast<std::uint32_t>(p), order, static_cast<std::uint32_t>(rows[i])};
  }
  std::sort(places.begin(), places.end(),
            [](const Place& a, const Place& b) { return a.word != b.word ? a.word < b.word : a.order < b.order; });
  const MatrixView<Real> scratch = arena.matrix<Real>(std::bit_width(parts.size()), size_);
  for (std::size_t i = 0; i < places.size();) {
    const std::int32_t word = places[i].word;
    const auto of_word = [&] { return i < places.size() && places[i].word == word; };
    if (word < 0) {
      while (of_word()) ++i;
      continue;
    }
    SparsePartSum<Real> sum({de.row(static_cast<std::size_t>(word)), size_}, scratch);
    while (of_word()) {
      const std::uint32_t part = places[i].part;
      const std::span<Real> own = sum.begin(part);
      for (; of_word() && places[i].part == part; ++i)
        add_to(AddTo<Real>{dy.row_block(places[i].row, 1), {own.data(), 1, size_}});
    }
    sum.finish();
  }
}

template <typename Real>
void Embedding<Real>::gradient(const RowParts& parts, std::span<const std::int32_t> words, ConstMatrixView<Real> dy,
                               std::span<Real> gradients, Arena& arena) const {
  const MatrixView<Real> de(gradients.data() + offset_, words_, size_);
  if (parts.size() > 1) {
    gradient_of_parts(parts, words, dy, de, arena);
    return;
  }
  for (const std::int32_t word : words) {
    if (word >= 0) std::fill_n(de.row(static_cast<std::size_t>(word)), size_, Real{0});
  }
  add_rows(AddRows<Real>{dy, words.data(), de});
}

template class Embedding<float>;
template class Embedding<double>;

}  // namespace lockstep

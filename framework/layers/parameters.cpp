#include "framework/layers/parameters.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numbers>
#include <utility>

#include "framework/numeric/orthogonal.h"
#include "framework/numeric/philox.h"

namespace lockstep {

std::size_t ParameterLayout::add(std::string name, std::size_t rows, std::size_t columns, InitialValue initial,
                                 bool few_rows) {
  assert(std::none_of(parameters_.begin(), parameters_.end(), [&](const Parameter& p) { return p.name == name; }));
  parameters_.push_back({std::move(name), rows, columns, size_, initial, few_rows});
  size_ += (rows * columns + kParameterAlignment - 1) / kParameterAlignment * kParameterAlignment;
  return parameters_.size() - 1;
}

std::vector<RowBlock> ParameterLayout::row_blocks() const {
  std::vector<RowBlock> blocks;
  for (const Parameter& p : parameters_) {
    if (p.few_rows) blocks.push_back({p.offset, p.rows, p.columns});
  }
  return blocks;
}

std::size_t ParameterLayout::count() const {
  std::size_t count = 0;
  for (const Parameter& p : parameters_) count += p.size();
  return count;
}

namespace {

/// FNV-1a: names a parameter's random numbers, so that they don't depend on which other parameters a model has.
std::uint64_t name_hash(const std::string& name) {
  std::uint64_t hash = 0xCBF29CE484222325ULL;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
  return hash;
}

/// The next numbers of a stream, in order.
class Numbers {
 public:
  explicit Numbers(RandomStream stream) : stream_(stream) {}

  double next_uniform() {
    if (used_ == 4) {
      block_ = stream_.block(index_++);
      used_ = 0;
    }
    return uniform(block_[used_++]);
  }

  /// Box and Muller 1958; 1 − u keeps the logarithm's argument above zero.
  double next_normal() {
    const double radius = std::sqrt(-2 * std::log(1 - next_uniform()));
    return radius * std::cos(2 * std::numbers::pi * next_uniform());
  }

 private:
  RandomStream stream_;
  std::array<std::uint32_t, 4> block_{};
  std::uint32_t index_ = 0;
  std::size_t used_ = 4;
};

template <typename Real>
void fill_block(const InitialValue& initial, Numbers& numbers, MatrixView<Real> block) {
  const double limit = std::sqrt(6.0 / static_cast<double>(block.rows + block.columns));
  for (std::size_t r = 0; r < block.rows; ++r)
    for (std::size_t c = 0; c < block.columns; ++c) {
      const double value = initial.kind == InitialValue::Kind::kGlorot ? limit * (2 * numbers.next_uniform() - 1)
                                                                       : initial.deviation * numbers.next_normal();
      block(r, c) = static_cast<Real>(value);
    }
}

template <typename Real>
void fill_orthogonal(Numbers& numbers, MatrixView<Real> block) {
  std::vector<double> values(block.size());
  for (double& value : values) value = numbers.next_normal();
  const MatrixView<double> matrix(values.data(), block.rows, block.columns);
  orthogonalise(matrix);
  for (std::size_t r = 0; r < block.rows; ++r)
    for (std::size_t c = 0; c < block.columns; ++c) block(r, c) = static_cast<Real>(matrix(r, c));
}

}  // namespace

template <typename Real>
void zero_outside_row_blocks(const ParameterLayout& layout, std::span<Real> flat) {
  std::size_t begin = 0;
  for (const Parameter& p : layout.parameters()) {
    if (!p.few_rows) continue;
    std::fill(flat.data() + begin, flat.data() + p.offset, Real{0});
    begin = p.offset + p.size();
  }
  std::fill(flat.data() + begin, flat.data() + layout.size(), Real{0});
}

template <typename Real>
void zero_padding(const ParameterLayout& layout, std::span<Real> flat) {
  for (std::size_t i = 0; i < layout.parameters().size(); ++i) {
    const std::size_t end = layout[i].offset + layout[i].size();
    const std::size_t next = i + 1 < layout.parameters().size() ? layout[i + 1].offset : layout.size();
    std::fill_n(flat.begin() + static_cast<std::ptrdiff_t>(end), next - end, Real{0});
  }
}

template <typename Real>
void initialize(const ParameterLayout& layout, std::uint64_t seed, std::span<Real> flat) {
  assert(flat.size() == layout.size());
  std::fill(flat.begin(), flat.end(), Real{0});
  for (std::size_t i = 0; i < layout.parameters().size(); ++i) {
    const Parameter& parameter = layout[i];
    if (parameter.initial.kind == InitialValue::Kind::kZero) continue;
    Numbers numbers(RandomStream(seed, RandomPurpose::kInitialValues, name_hash(parameter.name), 0));
    const MatrixView<Real> matrix = layout.view(flat, i);
    const std::size_t width = parameter.columns / parameter.initial.blocks;
    for (std::size_t b = 0; b < parameter.initial.blocks; ++b) {
      const MatrixView<Real> block = matrix.column_block(b * width, width);
      if (parameter.initial.kind == InitialValue::Kind::kOrthogonal)
        fill_orthogonal(numbers, block);
      else
        fill_block(parameter.initial, numbers, block);
    }
  }
}

template void zero_padding(const ParameterLayout&, std::span<float>);
template void zero_padding(const ParameterLayout&, std::span<double>);
template void initialize(const ParameterLayout&, std::uint64_t, std::span<float>);
template void initialize(const ParameterLayout&, std::uint64_t, std::span<double>);

template void zero_outside_row_blocks(const ParameterLayout&, std::span<float>);
template void zero_outside_row_blocks(const ParameterLayout&, std::span<double>);

}  // namespace lockstep

#include "framework/parallel/gradient_array.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstring>

namespace lockstep {
namespace {

constexpr std::size_t kBits = 64;

bool has(const std::uint64_t* marks, std::size_t bit) {
  return (marks[bit / kBits] >> (bit % kBits) & 1U) != 0;
}

/// The nearest bfloat16, of two equally near the even one; NaN stays NaN.
std::uint32_t rounded_bits(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  if (value != value) return (bits | 0x400000U) & 0xFFFF0000U;
  return (bits + 0x7FFFU + (bits >> 16 & 1U)) & 0xFFFF0000U;
}

float rounded(float value) {
  return std::bit_cast<float>(rounded_bits(value));
}

void add_floats(float* __restrict left, const float* __restrict right, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) left[i] += right[i];
}

void add_rounded(float* __restrict left, const float* __restrict right, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) left[i] = rounded(rounded(left[i]) + rounded(right[i]));
}

}  // namespace

GradientShape::GradientShape(std::size_t elements, const std::vector<RowBlock>& blocks, SumPrecision precision)
    : elements_(elements), precision_(precision) {
  std::size_t marks = 0;
  for (const RowBlock& block : blocks) {
    assert(block.end() <= elements && (blocks_.empty() || blocks_.back().rows.end() <= block.begin));
    blocks_.push_back({block, marks});
    marks += block.rows;
  }
  mark_words_ = (marks + kBits - 1) / kBits;
}

template <typename Visit>
void GradientShape::for_stretches(std::size_t begin, std::size_t end, const Visit& visit) const {
  for (const Block& block : blocks_) {
    if (begin >= end) return;
    if (block.rows.end() <= begin) continue;
    if (begin < block.rows.begin) {
      const std::size_t last = std::min(end, block.rows.begin);
      visit(begin, last, -1);
      begin = last;
    }
    while (begin < end && begin < block.rows.end()) {
      const std::size_t row = (begin - block.rows.begin) / block.rows.row_size;
      const std::size_t last = std::min(end, block.rows.begin + (row + 1) * block.rows.row_size);
      visit(begin, last, static_cast<std::ptrdiff_t>(block.first_mark + row));
      begin = last;
    }
  }
  if (begin < end) visit(begin, end, -1);
}

void GradientShape::mark(const GradientArray& array, std::size_t block, std::span<const std::int32_t> rows) const {
  const std::size_t first = blocks_[block].first_mark;
  for (const std::int32_t row : rows) {
    if (row < 0) continue;
    const std::size_t bit = first + static_cast<std::size_t>(row);
    array.marks[bit / kBits] |= std::uint64_t{1} << (bit % kBits);
  }
}

void GradientShape::zero_rows(const GradientArray& array, std::size_t begin, std::size_t end) const {
  for_stretches(begin, end, [&](std::size_t first, std::size_t last, std::ptrdiff_t mark) {
    if (mark >= 0 && has(array.marks, static_cast<std::size_t>(mark))) std::fill(array.at(first), array.at(last), 0.0F);
  });
}

void GradientShape::zero_other_rows(const GradientArray& array) const {
  for_stretches(0, elements_, [&](std::size_t first, std::size_t last, std::ptrdiff_t mark) {
    if (mark >= 0 && !has(array.marks, static_cast<std::size_t>(mark)))
      std::fill(array.at(first), array.at(last), 0.0F);
  });
}

void GradientShape::clear(const GradientArray& array) const {
  for (const Block& block : blocks_) zero_rows(array, block.rows.begin, block.rows.end());
  std::fill_n(array.marks, mark_words_, std::uint64_t{0});
}

void GradientShape::add(const GradientArray& left, const GradientArray& right, std::size_t begin,
                        std::size_t end) const {
  const bool rounds = precision_ == SumPrecision::kBfloat16;
  for_stretches(begin, end, [&](std::size_t first, std::size_t last, std::ptrdiff_t mark) {
    float* const to = left.at(first);
    const float* const from = right.at(first);
    const auto bit = static_cast<std::size_t>(mark);
    const bool in_left = mark < 0 || has(left.marks, bit);
    const bool in_right = mark < 0 || has(right.marks, bit);
    if (in_left && in_right) {
      if (rounds)
        add_rounded(to, from, last - first);
      else
        add_floats(to, from, last - first);
    } else if (in_right) {
      std::memcpy(to, from, (last - first) * sizeof(float));
    }
    if (rounds && in_left != in_right) std::transform(to, to + (last - first), to, rounded);
  });
}

void GradientShape::copy(const GradientArray& from, const GradientArray& to, std::size_t begin, std::size_t end) const {
  if (from.values == to.values) return;
  for_stretches(begin, end, [&](std::size_t first, std::size_t last, std::ptrdiff_t mark) {
    if (mark < 0 || has(from.marks, static_cast<std::size_t>(mark)))
      std::memcpy(to.at(first), from.at(first), (last - first) * sizeof(float));
  });
}

void GradientShape::unite(std::uint64_t* left, const std::uint64_t* right) const {
  for (std::size_t i = 0; i < mark_words_; ++i) left[i] |= right[i];
}

std::size_t GradientShape::packed_bytes(const std::uint64_t* marks, std::size_t begin, std::size_t end) const {
  std::size_t count = 0;
  for_stretches(begin, end, [&](std::size_t first, std::size_t last, std::ptrdiff_t mark) {
    if (mark < 0 || has(marks, static_cast<std::size_t>(mark))) count += last - first;
  });
  return count * (precision_ == SumPrecision::kBfloat16 ? sizeof(std::uint16_t) : sizeof(float));
}

void GradientShape::pack(const GradientArray& array, std::size_t begin, std::size_t end, std::byte* out) const {
  const bool rounds = precision_ == SumPrecision::kBfloat16;
  for_stretches(begin, end, [&](std::size_t first, std::size_t last, std::ptrdiff_t mark) {
    if (mark >= 0 && !has(array.marks, static_cast<std::size_t>(mark))) return;
    const float* const from = array.at(first);
    const std::size_t count = last - first;
    if (!rounds) {
      std::memcpy(out, from, count * sizeof(float));
      out += count * sizeof(float);
      return;
    }
    for (std::size_t i = 0; i < count; ++i, out += sizeof(std::uint16_t)) {
      const auto upper = static_cast<std::uint16_t>(rounded_bits(from[i]) >> 16);
      std::memcpy(out, &upper, sizeof upper);
    }
  });
}

void GradientShape::unpack(const std::byte* in, const GradientArray& array, std::size_t begin, std::size_t end) const {
  const bool rounds = precision_ == SumPrecision::kBfloat16;
  for_stretches(begin, end, [&](std::size_t first, std::size_t last, std::ptrdiff_t mark) {
    if (mark >= 0 && !has(array.marks, static_cast<std::size_t>(mark))) return;
    float* const to = array.at(first);
    const std::size_t count = last - first;
    if (!rounds) {
      std::memcpy(to, in, count * sizeof(float));
      in += count * sizeof(float);
      return;
    }
    for (std::size_t i = 0; i < count; ++i, in += sizeof(std::uint16_t)) {
      std::uint16_t upper = 0;
      std::memcpy(&upper, in, sizeof upper);
      to[i] = std::bit_cast<float>(static_cast<std::uint32_t>(upper) << 16);
    }
  });
}

}  // namespace lockstep

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "framework/core/row_block.h"

namespace lockstep {

/// A gradient or a part of it, in somebody else's memory.
struct GradientArray {
  float* values = nullptr;         ///< of elements origin, origin + 1, …
  std::uint64_t* marks = nullptr;  ///< a bit for each row of each row block, block after block: whether it is there
  std::size_t origin = 0;

  [[nodiscard]] float* at(std::size_t element) const { return values + (element - origin); }
};

/// How sums of gradients are kept: as they are, or each rounded to bfloat16, so that what travels loses nothing.
enum class SumPrecision { kFloat32, kBfloat16 };

/// What all gradients of a model have in common: where their row blocks lie, and how two are added. Rows that neither
/// has are never touched; a row that only one has is that one's, so that a sum doesn't depend on how it was dealt to
/// ranks.
class GradientShape {
 public:
  /// `blocks` in ascending order; `elements` in all.
  GradientShape(std::size_t elements, const std::vector<RowBlock>& blocks,
                SumPrecision precision = SumPrecision::kFloat32);

  [[nodiscard]] std::size_t elements() const { return elements_; }
  [[nodiscard]] SumPrecision precision() const { return precision_; }
  /// Words of marks that an array has.
  [[nodiscard]] std::size_t mark_words() const { return mark_words_; }

  /// Marks rows of block `block`; −1 stands for none, and a row may come several times.
  void mark(const GradientArray& array, std::size_t block, std::span<const std::int32_t> rows) const;
  /// Sets the marked rows of [begin, end) to zero and leaves the marks.
  void zero_rows(const GradientArray& array, std::size_t begin, std::size_t end) const;
  /// Sets the rows that aren't marked to zero, for who reads the whole array.
  void zero_other_rows(const GradientArray& array) const;
  /// Sets all marked rows to zero and takes the marks away.
  void clear(const GradientArray& array) const;

  /// left += right over elements [begin, end), by the marks of both, which stay as they are.
  void add(const GradientArray& left, const GradientArray& right, std::size_t begin, std::size_t end) const;
  /// What is there of `from` into `to` over elements [begin, end), by the marks of `from`.
  void copy(const GradientArray& from, const GradientArray& to, std::size_t begin, std::size_t end) const;
  /// left |= right, for the marks of a sum.
  void unite(std::uint64_t* left, const std::uint64_t* right) const;

  /// Bytes that pack() needs for elements [begin, end) of an array with these marks.
  [[nodiscard]] std::size_t packed_bytes(const std::uint64_t* marks, std::size_t begin, std::size_t end) const;
  /// What is there of elements [begin, end), for a message: floats, or bfloat16 where sums are.
  void pack(const GradientArray& array, std::size_t begin, std::size_t end, std::byte* out) const;
  /// And back. Rows that aren't marked are left alone.
  void unpack(const std::byte* in, const GradientArray& array, std::size_t begin, std::size_t end) const;

 private:
  /// Calls visit(first, last, mark) for stretches that together are [begin, end): outside of row blocks with mark −1,
  /// inside row by row with the row's bit.
  template <typename Visit>
  void for_stretches(std::size_t begin, std::size_t end, const Visit& visit) const;

  struct Block {
    RowBlock rows;
    std::size_t first_mark = 0;
  };
  std::size_t elements_;
  std::vector<Block> blocks_;
  SumPrecision precision_;
  std::size_t mark_words_ = 0;
};

}  // namespace lockstep

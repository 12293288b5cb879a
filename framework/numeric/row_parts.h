#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace lockstep {

/// Parts that a RowParts has at most.
inline constexpr std::size_t kMostParts = 64;

/// Some rows of a matrix, in an order of their own.
class RowSelection {
 public:
  /// Rows [begin, begin + count).
  RowSelection(std::size_t begin, std::size_t count) : begin_(begin), count_(count) {}
  explicit RowSelection(std::span<const std::uint32_t> rows) : rows_(rows.data()), count_(rows.size()) {}

  [[nodiscard]] std::size_t size() const { return count_; }
  [[nodiscard]] std::size_t operator[](std::size_t i) const { return rows_ != nullptr ? rows_[i] : begin_ + i; }

 private:
  const std::uint32_t* rows_ = nullptr;
  std::size_t begin_ = 0;
  std::size_t count_ = 0;
};

/// The rows of a matrix, dealt to parts: a power of two of them, each with the rows of one shard in the shard's own
/// order. What is summed over rows is summed over each part alone, and the parts' sums are added along the binary tree
/// over them, so that the bits are those of shards that were computed one by one. Owns nothing.
class RowParts {
 public:
  /// One part: all of so many rows.
  explicit RowParts(std::size_t rows) : rows_(rows) {}
  /// Part p has rows[begins[p]] … rows[begins[p + 1] − 1].
  RowParts(std::span<const std::uint32_t> rows, std::span<const std::size_t> begins)
      : rows_(rows.size()), index_(rows.data()), begins_(begins) {
    assert(begins.size() >= 2 && begins.front() == 0 && begins.back() == rows.size());
  }

  [[nodiscard]] std::size_t size() const { return index_ != nullptr ? begins_.size() - 1 : 1; }
  /// Of all parts.
  [[nodiscard]] std::size_t rows() const { return rows_; }
  /// Of several parts, where each begins when they lie one after the other; behind the last the number of rows.
  [[nodiscard]] std::span<const std::size_t> begins() const { return begins_; }
  [[nodiscard]] RowSelection operator[](std::size_t p) const {
    if (index_ == nullptr) return {0, rows_};
    return RowSelection({index_ + begins_[p], begins_[p + 1] - begins_[p]});
  }

 private:
  std::size_t rows_;
  const std::uint32_t* index_ = nullptr;
  std::span<const std::size_t> begins_;
};

/// Owns what a RowParts shows, as it is made row by row and part by part. Memory is reused.
class RowPartsMaker {
 public:
  void clear() {
    rows_.clear();
    begins_.assign(1, 0);
  }
  void add(std::size_t row) { rows_.push_back(static_cast<std::uint32_t>(row)); }
  void end_part() { begins_.push_back(rows_.size()); }

  /// The rows of the part that add() is at.
  [[nodiscard]] std::span<const std::uint32_t> open_part() const { return std::span(rows_).subspan(begins_.back()); }
  /// All parts; of one part or none, all of `rows` rows.
  [[nodiscard]] RowParts parts(std::size_t rows) const {
    return begins_.size() > 2 ? RowParts(rows_, begins_) : RowParts(rows);
  }

 private:
  std::vector<std::uint32_t> rows_;
  std::vector<std::size_t> begins_ = {0};
};

/// Adds values along the binary tree over them while they come, a power of two of them: `add(left, right)` leaves the
/// sum of the stack's entries left and right in left. Returns how many entries the stack has after part `p`'s came.
template <typename Add>
std::size_t fold_parts(std::size_t p, std::size_t entries, const Add& add) {
  for (; p % 2 == 1; p /= 2, --entries) add(entries - 2, entries - 1);
  return entries;
}

}  // namespace lockstep

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "framework/numeric/row_parts.h"

namespace lockstep {

/// Where the words of sentences of unequal length lie: step by step, and within a step the sentences that still run,
/// longest first. A finished sentence leaves; nothing is padded, and the rows of a step are one block.
class TimeMajor {
 public:
  /// `lengths` in words, each at least 1. Equal lengths keep their order. Memory is reused from one call to the next.
  void assign(std::span<const std::size_t> lengths) { assign(lengths, {}); }
  /// The same for the sentences of several shards, a power of two of them: shard p's are [begins[p], begins[p + 1]).
  void assign(std::span<const std::size_t> lengths, std::span<const std::size_t> begins);

  [[nodiscard]] std::size_t sentences() const { return order_.size(); }
  [[nodiscard]] std::size_t steps() const { return active_.size(); }
  [[nodiscard]] std::size_t rows() const { return begin_.back(); }

  /// The sentence that stands at place `k` of every step, longest first; length(k) in words.
  [[nodiscard]] std::size_t sentence(std::size_t k) const { return order_[k]; }
  [[nodiscard]] std::size_t place(std::size_t sentence) const { return place_[sentence]; }
  [[nodiscard]] std::size_t length(std::size_t k) const { return length_[k]; }

  /// Sentences that run at step t, and the row of the first.
  [[nodiscard]] std::size_t active(std::size_t t) const { return active_[t]; }
  [[nodiscard]] std::size_t begin(std::size_t t) const { return begin_[t]; }
  [[nodiscard]] std::size_t row(std::size_t t, std::size_t k) const { return begin_[t] + k; }

  /// Rows and places of sentences by shard, each shard's in the order that they would have alone.
  [[nodiscard]] RowParts row_parts() const { return shard_rows_.parts(rows()); }
  [[nodiscard]] RowParts sentence_parts() const { return shard_places_.parts(sentences()); }

 private:
  void deal_to_shards(std::span<const std::size_t> begins);

  RowPartsMaker shard_rows_;
  RowPartsMaker shard_places_;
  std::vector<std::size_t> order_;
  std::vector<std::size_t> place_;
  std::vector<std::size_t> length_;
  std::vector<std::size_t> active_;
  std::vector<std::size_t> begin_ = {0};
};

}  // namespace lockstep

#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace lockstep {

/// Shards [begin, end).
struct ShardRange {
  std::size_t begin = 0;
  std::size_t end = 0;
  [[nodiscard]] std::size_t size() const { return end - begin; }
};

/// The contiguous run of shards that rank `rank` of `ranks` computes; runs differ in length by one at most.
[[nodiscard]] ShardRange shards_of_rank(int rank, int ranks, std::size_t shards);

/// Throws ConfigError unless `shards` is a power of two and there are no more ranks than shards.
void check_shards(std::size_t shards, int ranks);

/// A place in the one binary tree over shards: the subtree of shards [index << level, (index + 1) << level).
struct TreeNode {
  unsigned level = 0;
  std::size_t index = 0;
  bool operator==(const TreeNode&) const = default;
};

/// Folds values along the tree while they arrive from left to right, like the carries of a binary counter. What it
/// holds are the largest complete subtrees of what has come; how values were dealt to ranks never changes a sum.
template <typename Value>
class TreeStack {
 public:
  struct Entry {
    TreeNode node;
    Value value;
  };

  /// `fold(left, right)` leaves the sum of two neighbours in `left`; `right` is then free.
  template <typename Fold>
  void push(TreeNode node, Value value, Fold&& fold) {
    while (!entries_.empty() && is_left_neighbour(entries_.back().node, node)) {
      Value left = std::move(entries_.back().value);
      fold(left, value);
      value = std::move(left);
      node = {node.level + 1, node.index / 2};
      entries_.pop_back();
    }
    entries_.push_back({node, std::move(value)});
  }

  /// The same, but leaves the value a subtree of its own, to be folded elsewhere; nothing may follow it.
  void push_apart(TreeNode node, Value value) { entries_.push_back({node, std::move(value)}); }

  /// From left to right.
  [[nodiscard]] const std::vector<Entry>& entries() const { return entries_; }
  void clear() { entries_.clear(); }

 private:
  static bool is_left_neighbour(TreeNode left, TreeNode right) {
    return left.level == right.level && right.index % 2 == 1 && left.index + 1 == right.index;
  }

  std::vector<Entry> entries_;
};

/// The shards below a node.
[[nodiscard]] inline ShardRange shards_below(TreeNode node) {
  return {node.index << node.level, (node.index + 1) << node.level};
}

/// The largest complete subtrees of at most `most` shards (a power of two) that together cover a run of shards, from
/// left to right: at most 2 log2(shards) of them where `most` sets no limit.
[[nodiscard]] std::vector<TreeNode> complete_subtrees(ShardRange range, std::size_t most = std::size_t{1} << 63);

}  // namespace lockstep

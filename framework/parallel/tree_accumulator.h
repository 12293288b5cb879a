#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "framework/parallel/gradient_array.h"
#include "framework/parallel/shard_tree.h"

namespace lockstep {

/// A sum of gradients over a complete subtree of shards.
using Subtree = TreeStack<GradientArray>::Entry;

/// Sums the gradients of a rank's shards along the tree over all shards, in arrays that it is given. Shards, or
/// subtrees of them that were computed together, are written one after the other; no more arrays than levels of the
/// tree are in use (twice as many where ranks don't divide shards).
class TreeAccumulator {
 public:
  /// Arrays that the sums over a rank's shards need, which come in these subtrees.
  [[nodiscard]] static std::size_t arrays_for(std::span<const TreeNode> subtrees);

  /// `arrays` hold zeros and no marks; `shape` must outlive the accumulator.
  TreeAccumulator(const GradientShape& shape, std::vector<GradientArray> arrays);

  /// An array for what comes next, without marks; its values are whatever they were, but for the array of a rank's
  /// first shard, whose row blocks are zeros: where all is summed, the optimizer reads rows that no shard has.
  [[nodiscard]] const GradientArray& next();
  /// The array that next() gave last holds the gradient of a shard, or of a subtree of them, its rows marked. They come
  /// from left to right.
  void add(TreeNode node);
  /// As add() for the last one, whose gradient isn't complete yet: it stays a subtree of its own.
  void add_apart(TreeNode node);

  /// Sums over complete subtrees, from left to right. They belong to the accumulator until clear().
  [[nodiscard]] const std::vector<Subtree>& subtrees() const { return stack_.entries(); }
  /// Forgets the sums; keeps the arrays.
  void clear();

 private:
  const GradientShape& shape_;
  std::vector<GradientArray> free_;
  TreeStack<GradientArray> stack_;
};

}  // namespace lockstep

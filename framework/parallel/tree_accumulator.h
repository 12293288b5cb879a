#pragma once

#include <cstddef>
#include <vector>

#include "framework/parallel/gradient_array.h"
#include "framework/parallel/shard_tree.h"

namespace lockstep {

/// A sum of gradients over a complete subtree of shards.
using Subtree = TreeStack<GradientArray>::Entry;

/// Sums the gradients of a rank's shards along the tree over all shards, in arrays that it is given. Leaves are written
/// one after the other; no more arrays than levels of the tree are in use (twice as many where ranks don't divide
/// shards).
class TreeAccumulator {
 public:
  /// Arrays that the sums over a run of shards need.
  [[nodiscard]] static std::size_t arrays_for(ShardRange shards);

  /// `arrays` hold zeros and no marks; `shape` must outlive the accumulator.
  TreeAccumulator(const GradientShape& shape, std::vector<GradientArray> arrays);

  /// An array for the next leaf: its row blocks are zeros without marks, the other elements whatever they were.
  [[nodiscard]] const GradientArray& leaf();
  /// The array that leaf() gave last holds this shard's gradient, its rows marked. Shards come in ascending order.
  void add(std::size_t shard);
  /// As add() for the last shard, whose gradient isn't complete yet: its leaf stays a subtree of its own.
  void add_apart(std::size_t shard);

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

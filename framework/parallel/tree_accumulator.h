#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "framework/parallel/shard_tree.h"

namespace lockstep {

/// Sums the gradients of a rank's shards along the tree over all shards. Leaves are written one after the other; no
/// more buffers than levels of the tree are in use (twice as many where ranks don't divide shards), and none is
/// allocated once the first update is over.
class TreeAccumulator {
 public:
  explicit TreeAccumulator(std::size_t elements) : elements_(elements) {}

  /// A buffer of `elements` for the next leaf, with whatever values; zeros when it is new.
  [[nodiscard]] std::span<float> leaf();
  /// The buffer that leaf() gave last holds this shard's gradient. Shards come in ascending order.
  void add(std::size_t shard);

  /// Sums over complete subtrees, from left to right. They belong to the accumulator until clear().
  [[nodiscard]] const std::vector<TreeStack<float*>::Entry>& subtrees() const { return stack_.entries(); }
  /// Forgets the sums; keeps the buffers.
  void clear();

  /// Buffers made so far.
  [[nodiscard]] std::size_t buffers() const { return owned_.size(); }

 private:
  std::size_t elements_;
  std::vector<std::vector<float>> owned_;
  std::vector<float*> free_;
  TreeStack<float*> stack_;
};

/// left += right.
void add_elements(float* left, const float* right, std::size_t elements);

}  // namespace lockstep

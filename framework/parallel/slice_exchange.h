#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "framework/parallel/communicator.h"
#include "framework/parallel/shard_tree.h"
#include "framework/parallel/slices.h"
#include "framework/parallel/tree_accumulator.h"

namespace lockstep {

/// Moves slices of the flat arrays between ranks: gradients to the owner of their slice, parameters back to everybody.
/// Messages are counted in blocks, so that no array is too long for MPI's 32-bit counts. All functions are collective.
class SliceExchange {
 public:
  SliceExchange(const Communicator& ranks, const Slices& slices, std::size_t shards);
  ~SliceExchange();
  SliceExchange(const SliceExchange&) = delete;
  SliceExchange& operator=(const SliceExchange&) = delete;

  /// The sum of all shards' gradients over this rank's slice: every rank sends each slice owner its part of each
  /// complete subtree, and the owner folds them along the tree. `subtrees` cover this rank's shards, slices.padded()
  /// elements each. The result is good until `subtrees` change or reduce() is called again.
  [[nodiscard]] std::span<float> reduce(const std::vector<TreeStack<float*>::Entry>& subtrees);

  /// Every rank's slice into the whole array (slices.padded() elements) on all ranks. Alone, `own` may be `all`.
  void gather_to_all(std::span<const float> own, std::span<float> all) const;

  /// On rank 0: elements [begin, begin + into.size()) of an array of which each rank holds its slice `own`; other ranks
  /// pass an empty `into` and the same `begin` and `count`.
  void gather_range(std::span<const float> own, std::size_t begin, std::size_t count, std::span<float> into) const;

  /// The sum over all ranks' `block_sums` (one for each block of the rank's slice), added in the order of the blocks.
  [[nodiscard]] double sum_of_blocks(std::span<const double> block_sums) const;

 private:
  struct State;
  void exchange_bucket(const std::vector<TreeStack<float*>::Entry>& subtrees, std::size_t first_block);

  const Communicator& ranks_;
  const Slices slices_;
  std::vector<std::vector<TreeNode>> subtrees_of_rank_;
  std::vector<std::size_t> first_subtree_;  ///< of each rank, in the order of all subtrees
  std::size_t rounds_ = 0;                  ///< most subtrees a rank has
  std::size_t bucket_blocks_ = 0;           ///< blocks of each slice that travel at once
  std::vector<float> received_;             ///< [subtree][bucket_blocks_ * kSliceBlock]
  std::vector<float> sum_;                  ///< of this rank's slice
  std::unique_ptr<State> state_;
};

}  // namespace lockstep

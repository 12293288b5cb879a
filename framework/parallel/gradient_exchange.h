#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "framework/parallel/communicator.h"
#include "framework/parallel/fold_plan.h"
#include "framework/parallel/gradient_array.h"
#include "framework/parallel/node_exchange.h"
#include "framework/parallel/nodes.h"
#include "framework/parallel/range_thread.h"
#include "framework/parallel/shard_tree.h"
#include "framework/parallel/slices.h"
#include "framework/parallel/tree_accumulator.h"

namespace lockstep {

/// Elements [begin, end).
struct ElementRange {
  std::size_t begin = 0;
  std::size_t end = 0;
};

struct ExchangeOptions {
  std::size_t shards = 1;
  SumPrecision precision = SumPrecision::kFloat32;
  int ranks_a_node = 0;             ///< at most so many ranks share memory; 0: all of a host
  std::size_t shards_together = 1;  ///< at most so many shards, a power of two, come as one subtree
};

/// Sums gradients over all ranks, each slice on the rank that owns it, and brings new parameters to everybody. Ranks of
/// one host share memory: the owner folds its slice straight from its neighbours' arrays, and one copy of the
/// parameters serves them all. Between nodes travel, for each slice, the sums of whole nodes, of embedding tables only
/// the rows that are there. Every path adds along the one tree over shards. All functions are collective.
class GradientExchange {
 public:
  /// Takes the memory of gradients and parameters; where a host has no room for shared memory, all ranks exchange
  /// messages instead, and a warning says so. `blocks` as GradientShape.
  GradientExchange(const Communicator& ranks, std::size_t elements, const std::vector<RowBlock>& blocks,
                   const ExchangeOptions& options);
  ~GradientExchange();
  GradientExchange(const GradientExchange&) = delete;
  GradientExchange& operator=(const GradientExchange&) = delete;

  [[nodiscard]] const GradientShape& shape() const { return shape_; }
  [[nodiscard]] const Nodes& nodes() const { return *nodes_; }
  /// The subtrees in which a rank's shards come, from left to right.
  [[nodiscard]] std::vector<TreeNode> subtrees_of(int rank) const {
    return complete_subtrees(shards_of_rank(rank, ranks_.size(), shards_), shards_together_);
  }
  /// This rank's arrays, as many as TreeAccumulator needs; zeros without marks.
  [[nodiscard]] const std::vector<GradientArray>& arrays() const { return arrays_; }
  [[nodiscard]] Slices::Slice slice() const { return slice_of(ranks_.rank()); }
  [[nodiscard]] Slices::Slice slice_of(int rank) const { return slices_.of_rank(rank); }
  /// The parameters of the node, padded: a rank writes its slice between reduce() and publish(), and nothing else.
  [[nodiscard]] std::span<float> parameters() const { return parameters_; }
  /// Whether this rank fills the node's parameters when they come from elsewhere: rank 0's by broadcast(), a
  /// checkpoint's.
  [[nodiscard]] bool fills_parameters() const { return nodes_->place() == 0; }

  /// Rank 0's parameters on every node.
  void broadcast_parameters() const;

  /// The sum of all shards' gradients over this rank's slice. `subtrees` cover this rank's shards and lie in arrays().
  /// Good until publish().
  [[nodiscard]] std::span<float> reduce(const std::vector<Subtree>& subtrees);
  /// Whether start() may be called: messages travel, and may do so beside computation.
  [[nodiscard]] bool overlaps() const { return thread_ != nullptr; }
  /// Instead of reduce(), while the gradient of the last of subtrees_of() this rank is still computed: `subtrees` are
  /// the sums of those before it and, apart, that one, whose rows are marked. `order` holds ranges that together cover
  /// the array, the same on all ranks and until finish(): what of it is complete travels. Until finish() no other
  /// function of MPI's may be called.
  void start(const std::vector<Subtree>& subtrees, std::span<const ElementRange> order);
  /// Elements [begin, end) of the last subtree are complete.
  void complete(std::size_t begin, std::size_t end);
  /// All of it is complete: returns as reduce().
  [[nodiscard]] std::span<float> finish();

  /// Every rank has written its slice of parameters(): afterwards all are everywhere, and arrays() are this rank's own
  /// again.
  void publish();

  /// On rank 0: elements [begin, begin + into.size()) of an array of which each rank holds its slice `own`; other ranks
  /// pass an empty `into` and the same `begin` and `count`.
  void gather_range(std::span<const float> own, std::size_t begin, std::size_t count, std::span<float> into) const;

  /// The sum over all ranks' `block_sums` (one for each block of the rank's slice), added in the order of the blocks.
  [[nodiscard]] double sum_of_blocks(std::span<const double> block_sums) const;

 private:
  struct State;
  struct Header;
  using Places = std::vector<std::vector<TreeNode>>;

  void make_nodes(int ranks_a_node);
  void take_memory(std::span<const RowBlock> blocks);
  [[nodiscard]] Header* header_of(int place) const;
  [[nodiscard]] GradientArray array_of(int place, std::size_t index) const;
  [[nodiscard]] std::size_t array_bytes() const;
  [[nodiscard]] std::size_t part_bytes(int rank) const;
  [[nodiscard]] std::size_t node_bytes() const;
  [[nodiscard]] Places place_subtrees(bool last_apart) const;
  void describe_own(const std::vector<Subtree>& subtrees);
  void collect_node(const Places& places);

  const Communicator& ranks_;
  const Slices slices_;
  const GradientShape shape_;
  const std::size_t shards_;
  const std::size_t shards_together_;
  std::unique_ptr<Nodes> nodes_;
  std::unique_ptr<NodeMemory> memory_;
  std::unique_ptr<NodeMemory> parameter_memory_;
  std::vector<GradientArray> arrays_;
  std::span<float> parameters_;
  Places places_;        ///< of each rank's subtrees
  Places places_apart_;  ///< the same with the last one apart
  std::vector<Subtree> node_subtrees_;
  FoldPlan node_plan_;
  Subtree root_;  ///< the whole sum over this rank's slice
  std::unique_ptr<State> state_;
  std::unique_ptr<NodeExchange> between_;  ///< where there are several nodes
  std::unique_ptr<RangeThread> thread_;    ///< where messages may travel beside computation
};

}  // namespace lockstep

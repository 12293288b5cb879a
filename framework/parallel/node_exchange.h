#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "framework/parallel/communicator.h"
#include "framework/parallel/fold_plan.h"
#include "framework/parallel/gradient_array.h"
#include "framework/parallel/nodes.h"
#include "framework/parallel/range_thread.h"
#include "framework/parallel/shard_tree.h"
#include "framework/parallel/slices.h"

namespace lockstep {

/// The messages between nodes: for each slice, the sums of whole nodes go to its owner, of embedding tables only the
/// rows that are there; and new parameters come back. All functions are collective.
class NodeExchange {
 public:
  /// All arguments must outlive it.
  NodeExchange(const Communicator& ranks, const Nodes& nodes, const Slices& slices, const GradientShape& shape);
  ~NodeExchange();
  NodeExchange(const NodeExchange&) = delete;
  NodeExchange& operator=(const NodeExchange&) = delete;

  /// Ranks of other nodes whose slices this rank folds for its node.
  [[nodiscard]] const std::vector<int>& handled() const { return handled_; }

  /// While set, what follows waits for messages with pauses of the thread that it runs in.
  void wait_beside(RangeThread* thread) { thread_ = thread; }
  /// All ranks of the node have come here.
  void node_barrier();
  /// `own` are this rank's subtrees, of which the others learn the marks; subtrees[r] are the places in the tree of
  /// rank r's.
  void learn_marks(const std::vector<Subtree>& own, const std::vector<std::vector<TreeNode>>& subtrees);
  /// Sums elements [begin, end) as far as they lie in this rank's slice, over all nodes, into `root`, whose marks
  /// become those of the sum. `node` folds the node's arrays.
  void sum(const FoldPlan& node, std::size_t begin, std::size_t end, Subtree& root);
  /// This rank's slice of the parameters to all nodes, and the handled slices from their owners.
  void share_slices(std::span<float> parameters);

 private:
  struct State;

  [[nodiscard]] int handler(int node, int owner) const;
  void wait();

  const Communicator& ranks_;
  const Nodes& nodes_;
  const Slices& slices_;
  const GradientShape& shape_;
  std::vector<int> handled_;
  RangeThread* thread_ = nullptr;
  std::unique_ptr<State> state_;
};

}  // namespace lockstep

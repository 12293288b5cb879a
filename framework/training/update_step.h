#pragma once

#include <cstdint>
#include <vector>

#include "framework/core/configuration.h"
#include "framework/core/profile.h"
#include "framework/corpus/sampler.h"
#include "framework/model.h"
#include "framework/parallel/communicator.h"
#include "framework/parallel/tree_accumulator.h"
#include "framework/training/sharded_state.h"

namespace lockstep {

/// What one update has to say: means over the words of its batch.
struct UpdateReport {
  double objective = 0;      ///< nats a word, with label smoothing
  double cross_entropy = 0;  ///< nats a word, dropout on
  double gradient_norm = 0;  ///< before clipping
  std::uint64_t words = 0;
};

/// One update: each rank computes the gradients of its shards, all sum them and step. Its result is a function of
/// batch, parameters and configuration; ranks only share the work.
class UpdateStep {
 public:
  /// All arguments must outlive it; `profile` may be null. `model` is bound to the state's parameters here and after
  /// every update.
  UpdateStep(const Communicator& ranks, const Configuration& configuration, const Dataset& dataset, Model<float>& model,
             ShardedState& state, Profile* profile = nullptr);

  /// Update number `update`, from 1. Collective. Throws SharedError, with update and shard, when a loss or gradient
  /// isn't finite; the parameters are then those of the update before.
  UpdateReport run(std::uint64_t update, const Batch& batch);

 private:
  /// Computes the shards below a node together, and keeps their losses.
  void compute(std::uint64_t update, const Batch& batch, TreeNode node, const GradientArray& gradients,
               const GradientReady& ready);
  void mark(const GradientArray& gradients) const;
  /// Computes the shards below a node and adds their gradient to the rank's.
  void add(std::uint64_t update, const Batch& batch, TreeNode node);
  /// The same for the rank's last ones, whose gradient leaves while it is computed.
  void add_and_send(std::uint64_t update, const Batch& batch, TreeNode node);
  void check_losses(std::uint64_t update, std::span<const double> losses) const;
  [[noreturn]] void blame_shard(std::uint64_t update, const Batch& batch);

  const Communicator& ranks_;
  const Configuration& configuration_;
  const Dataset& dataset_;
  Model<float>& model_;
  ShardedState& state_;
  Profile* profile_;
  ShardRange shards_;
  std::vector<TreeNode> subtrees_;  ///< of these shards: those of one are computed together
  std::vector<ElementRange> ready_order_;
  TreeAccumulator accumulator_;

  // Memory that is kept from one update to the next.
  std::vector<Examples> loaded_;  ///< of shards that are computed together
  std::vector<ShardKey> keys_;
  std::vector<ShardLoss> shard_losses_;
  std::vector<double> own_losses_;
  std::vector<double> losses_;
};

}  // namespace lockstep

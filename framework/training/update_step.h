#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "framework/core/configuration.h"
#include "framework/core/profile.h"
#include "framework/corpus/sampler.h"
#include "framework/model.h"
#include "framework/parallel/communicator.h"
#include "framework/parallel/tree_accumulator.h"
#include "framework/training/rank_check.h"
#include "framework/training/sharded_state.h"

namespace lockstep {

/// What one update has to say: means over the words of its batch.
struct UpdateReport {
  double objective = 0;      ///< nats a word, with label smoothing
  double cross_entropy = 0;  ///< nats a word, dropout on
  double gradient_norm = 0;  ///< before clipping
  std::uint64_t words = 0;
  std::string fault;                      ///< "the loss is nan": the update was skipped; empty: it was made
  std::vector<std::size_t> fault_shards;  ///< that have it; none: it came up in the sum over shards

  [[nodiscard]] bool skipped() const { return !fault.empty(); }
};

/// One update: each rank computes the gradients of its shards, all sum them and step. Its result is a function of
/// batch, parameters and configuration; ranks only share the work.
class UpdateStep {
 public:
  /// All arguments must outlive it; `profile` may be null. `model` is bound to the state's parameters here and after
  /// every update.
  UpdateStep(const Communicator& ranks, const Configuration& configuration, const Dataset& dataset, Model<float>& model,
             ShardedState& state, Profile* profile = nullptr);

  /// Update number `update`, from 1, and step number `step` of the optimizer: fewer where updates were skipped. When a
  /// loss or the sum of gradients isn't finite, parameters and optimizer stay as they were, on all ranks and for any
  /// number of them. Collective.
  UpdateReport run(std::uint64_t update, std::uint64_t step, const Batch& batch);

  /// Every `updates` updates ranks are compared, as RankCheck says; 0: never. Collective.
  void check_ranks_every(std::uint64_t updates);

 private:
  /// Computes the shards below a node together, and keeps their losses.
  void compute(std::uint64_t update, const Batch& batch, TreeNode node, const GradientArray& gradients,
               const GradientReady& ready);
  void mark(const GradientArray& gradients) const;
  /// Computes the shards below a node and adds their gradient to the rank's.
  void add(std::uint64_t update, const Batch& batch, TreeNode node);
  /// The same for the rank's last ones, whose gradient leaves while it is computed.
  void add_and_send(std::uint64_t update, const Batch& batch, TreeNode node);
  void report_losses(UpdateReport& report) const;
  /// Shards whose gradient isn't finite, on all ranks.
  [[nodiscard]] std::vector<std::size_t> find_faulty_shards(std::uint64_t update, const Batch& batch);
  /// The gradient of one shard alone, in an array between two updates.
  std::span<const float> gradient_of(std::uint64_t update, const Batch& batch, std::size_t shard);
  [[nodiscard]] bool checks(std::uint64_t update) const { return check_every_ > 0 && update % check_every_ == 0; }

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
  std::unique_ptr<RankCheck> check_;
  std::uint64_t check_every_ = 0;

  // Memory that is kept from one update to the next.
  std::vector<Examples> loaded_;  ///< of shards that are computed together
  std::vector<ShardKey> keys_;
  std::vector<ShardLoss> shard_losses_;
  std::vector<double> own_losses_;
  std::vector<double> losses_;
};

}  // namespace lockstep

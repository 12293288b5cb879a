#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "framework/checkpoint/checkpoint_reader.h"
#include "framework/checkpoint/checkpoint_writer.h"
#include "framework/core/profile.h"
#include "framework/layers/parameters.h"
#include "framework/model.h"
#include "framework/optimizers/optimizer.h"
#include "framework/parallel/gradient_exchange.h"

namespace lockstep {

/// The state of a run over all ranks: every rank sees all parameters, each owns the optimizer's state of one slice.
class ShardedState {
 public:
  /// Of `model`'s parameters. `ranks`, `model` and `profile`, which may be null, must outlive it. Parameters are zeros
  /// until initialize() or restore().
  ShardedState(const Communicator& ranks, const Model<float>& model, const Configuration& configuration,
               Profile* profile = nullptr);

  /// Initial values, made on rank 0 and sent to all. Collective.
  void initialize(std::uint64_t seed);
  /// Reads parameters and this rank's slice of the optimizer's state. Not collective. Throws DataError.
  void restore(const CheckpointReader& checkpoint);

  /// layout.size() elements, in the same place for good.
  [[nodiscard]] std::span<const float> parameters() const { return exchange_.parameters().first(layout_.size()); }
  /// The subtrees in which this rank's shards are computed, what gradients look like, and this rank's arrays for them.
  [[nodiscard]] std::vector<TreeNode> subtrees() const { return exchange_.subtrees_of(ranks_.rank()); }
  [[nodiscard]] const GradientShape& gradient_shape() const { return exchange_.shape(); }
  [[nodiscard]] const std::vector<GradientArray>& gradient_arrays() const { return exchange_.arrays(); }
  [[nodiscard]] double learning_rate() const { return optimizer_->learning_rate(); }

  /// Sums the gradients in all ranks' `subtrees`. Collective.
  void reduce(const std::vector<Subtree>& subtrees);
  /// Or, while the last of them is still computed, as GradientExchange::start(), complete() and finish().
  [[nodiscard]] bool overlaps() const { return exchange_.overlaps(); }
  void start_reduction(const std::vector<Subtree>& subtrees, std::span<const ElementRange> order) {
    exchange_.start(subtrees, order);
  }
  void complete(std::size_t begin, std::size_t end) { exchange_.complete(begin, end); }
  void finish_reduction();

  /// Step number `number` of the optimizer, from 1: divides the sum of gradients by `words`, clips it to `clip_norm`
  /// (0: never), and gives every rank the new parameters. Returns the norm before clipping; when it isn't finite,
  /// nothing has changed. Collective.
  double step(std::uint64_t number, std::uint64_t words, double clip_norm);
  /// Leaves the sum of gradients unused. Collective.
  void skip();
  [[nodiscard]] const GradientExchange& exchange() const { return exchange_; }

  [[nodiscard]] std::vector<std::string> slot_names() const;
  /// On rank 0 a piece of an optimizer slot; other ranks pass an empty `into`. Collective.
  void fetch(const SlotPiece& piece, std::span<float> into) const;

 private:
  const Communicator& ranks_;
  const ParameterLayout& layout_;
  Profile* profile_;
  GradientExchange exchange_;
  Slices::Slice slice_;
  std::span<const float> gradient_;  ///< the sum over the slice, from reduction to step()
  std::vector<double> block_sums_;
  std::unique_ptr<Optimizer> optimizer_;
};

}  // namespace lockstep

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
#include "framework/optimizers/optimizer.h"
#include "framework/parallel/gradient_exchange.h"

namespace lockstep {

/// The state of a run over all ranks: every rank sees all parameters, each owns the optimizer's state of one slice.
class ShardedState {
 public:
  /// `ranks`, `layout` and `profile`, which may be null, must outlive it. Parameters are zeros until initialize() or
  /// restore().
  ShardedState(const Communicator& ranks, const ParameterLayout& layout, const Configuration& configuration,
               Profile* profile = nullptr);

  /// Initial values, made on rank 0 and sent to all. Collective.
  void initialize(std::uint64_t seed);
  /// Reads parameters and this rank's slice of the optimizer's state. Not collective. Throws DataError.
  void restore(const CheckpointReader& checkpoint);

  /// layout.size() elements, in the same place for good.
  [[nodiscard]] std::span<const float> parameters() const { return exchange_.parameters().first(layout_.size()); }
  /// What gradients look like, and this rank's arrays for sums of them.
  [[nodiscard]] const GradientShape& gradient_shape() const { return exchange_.shape(); }
  [[nodiscard]] const std::vector<GradientArray>& gradient_arrays() const { return exchange_.arrays(); }
  [[nodiscard]] double learning_rate() const { return optimizer_->learning_rate(); }

  /// Update number `update`, from 1: sums the gradients in all ranks' `subtrees`, divides by `words`, clips to
  /// `clip_norm` (0: never), and gives every rank the new parameters. Returns the norm before clipping; when it isn't
  /// finite, nothing has changed. Collective.
  double step(std::uint64_t update, const std::vector<Subtree>& subtrees, std::uint64_t words, double clip_norm);

  [[nodiscard]] std::vector<std::string> slot_names() const;
  /// On rank 0 a piece of an optimizer slot; other ranks pass an empty `into`. Collective.
  void fetch(const SlotPiece& piece, std::span<float> into) const;

 private:
  const Communicator& ranks_;
  const ParameterLayout& layout_;
  Profile* profile_;
  GradientExchange exchange_;
  Slices::Slice slice_;
  std::vector<double> block_sums_;
  std::unique_ptr<Optimizer> optimizer_;
};

}  // namespace lockstep

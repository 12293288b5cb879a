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
#include "framework/parallel/slice_exchange.h"

namespace lockstep {

/// The state of a run over all ranks: every rank has all parameters, each owns the optimizer's state of one slice.
class ShardedState {
 public:
  /// `ranks`, `layout` and `profile`, which may be null, must outlive it. Parameters are zeros until initialize() or
  /// restore().
  ShardedState(const Communicator& ranks, const ParameterLayout& layout, const OptimizerConfiguration& optimizer,
               std::size_t shards, Profile* profile = nullptr);

  /// Initial values, made on rank 0 and sent to all. Collective.
  void initialize(std::uint64_t seed);
  /// Reads parameters and this rank's slice of the optimizer's state. Not collective. Throws DataError.
  void restore(const CheckpointReader& checkpoint);

  /// layout.size() elements, in the same place for good.
  [[nodiscard]] std::span<const float> parameters() const { return {all_.data(), layout_.size()}; }
  /// Elements that a buffer for gradients has: layout.size() and padding.
  [[nodiscard]] std::size_t padded() const { return slices_.padded(); }
  [[nodiscard]] double learning_rate() const { return optimizer_->learning_rate(); }

  /// Update number `update`, from 1: sums the gradients in all ranks' `subtrees`, divides by `words`, clips to
  /// `clip_norm` (0: never), and gives every rank the new parameters. Returns the norm before clipping; when it isn't
  /// finite, nothing has changed. Collective.
  double step(std::uint64_t update, const std::vector<TreeStack<float*>::Entry>& subtrees, std::uint64_t words,
              double clip_norm);

  [[nodiscard]] std::vector<std::string> slot_names() const;
  /// On rank 0 a piece of an optimizer slot; other ranks pass an empty `into`. Collective.
  void fetch(const SlotPiece& piece, std::span<float> into) const;

 private:
  const Communicator& ranks_;
  const ParameterLayout& layout_;
  Profile* profile_;
  Slices slices_;
  Slices::Slice slice_;
  SliceExchange exchange_;
  std::vector<float> all_;  ///< parameters, padded
  std::vector<float> own_;  ///< this rank's slice of them while it is updated; empty when this is the only rank
  std::vector<double> block_sums_;
  std::unique_ptr<Optimizer> optimizer_;
};

}  // namespace lockstep

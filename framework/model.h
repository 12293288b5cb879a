#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "framework/core/alignment.h"
#include "framework/corpus/dataset.h"
#include "framework/layers/parameters.h"
#include "framework/layers/word_scores.h"
#include "framework/numeric/matrix.h"

namespace lockstep {

/// Names the random numbers of one shard: dropout draws from (seed, update, shard), whoever computes it.
struct ShardKey {
  std::uint64_t seed = 0;
  std::uint64_t update = 0;
  std::uint32_t shard = 0;
};

/// Sums over the words of one shard, in nats.
struct ShardLoss {
  double objective = 0;  ///< what the gradient is of: cross-entropy with label smoothing
  double cross_entropy = 0;
  std::uint64_t words = 0;
};

/// Says that the gradients in elements [begin, end) of the flat array are complete and will not be touched again.
using GradientReady = std::function<void(std::size_t begin, std::size_t end)>;

/// What a decoding step computed for one hypothesis, to be looked at; valid until the next step.
template <typename Real>
struct StepDetails {
  std::span<const Real> previous_state;  ///< s_{i−1} [H]
  std::vector<Real> energies;            ///< e_ij for each source position j; none from a model without attention
  std::vector<Real> context;             ///< c_i [D]
  std::span<const Real> state;           ///< s_i [H]
};

/// Hypotheses for a batch of source sentences, grown word by word. Before the first step there is one for each
/// sentence, without a word, in the order of the batch.
template <typename Real>
class IncrementalDecoder {
 public:
  virtual ~IncrementalDecoder() = default;

  /// Step i for n hypotheses: the r-th goes on from hypothesis parents[r] of the step before, whose last word
  /// y_{i−1} is words[r]; at the first step words[r] is −1. A hypothesis may have many successors, or none.
  virtual void step(std::span<const std::size_t> parents, std::span<const Token> words) = 0;

  /// Scores of y_i for hypotheses [begin, begin + count) of the last step; valid until the next call.
  [[nodiscard]] virtual WordScores<Real> scores(std::size_t begin, std::size_t count) = 0;
  /// α_i of hypothesis r, one weight for each source position; empty from a model without attention.
  [[nodiscard]] virtual std::span<const Real> alpha(std::size_t r) const = 0;
  [[nodiscard]] virtual StepDetails<Real> details(std::size_t r) const = 0;
  /// h_j of a sentence of the batch [T_x][D]; from a model without attention its one vector.
  [[nodiscard]] virtual ConstMatrixView<Real> annotations(std::size_t sentence) const = 0;
};

/// The one seam between the framework and its models. A model knows nothing of ranks, files or optimizers.
/// Real is float in training; tests check gradients in double.
template <typename Real>
class Model {
 public:
  virtual ~Model() = default;

  [[nodiscard]] virtual const ParameterLayout& layout() const = 0;

  /// Tells the model where the parameters are, and that their values have changed: packs weights.
  /// `parameters` has layout().size() elements, stays where it is and keeps its values until the next call.
  virtual void bind(std::span<const Real> parameters) = 0;

  /// Loss of `examples` and, into `gradients` (layout().size() elements, overwritten), the gradient of
  /// ShardLoss::objective; of layout().row_blocks() only touched_rows() are written, and the others are left
  /// alone. `ready`, if set, is called as groups of gradients become complete; together the calls cover the whole array
  /// once. Dropout is on.
  virtual ShardLoss gradients(const Examples& examples, const ShardKey& key, std::span<Real> gradients,
                              const GradientReady& ready) = 0;

  /// How many shards, each of `shard_examples` examples, it would rather compute together than one by one: a power of
  /// two, kMostParts at most.
  [[nodiscard]] virtual std::size_t shards_together(std::size_t /*shard_examples*/) const { return 1; }

  /// Of as many shards or fewer, a complete subtree of the tree over shards: the loss of each, and the sum of their
  /// gradients along the tree, to the bits that gradients() and adding would give. keys and losses have shards.size()
  /// elements; else as gradients().
  virtual void gradients_together(std::span<const Examples> shards, std::span<const ShardKey> keys,
                                  std::span<ShardLoss> losses, std::span<Real> gradients, const GradientReady& ready) {
    assert(shards.size() == 1);
    losses[0] = this->gradients(shards[0], keys[0], gradients, ready);
  }

  /// Ranges [begin, end) that cover the flat array, in the order in which gradients() completes them.
  [[nodiscard]] virtual std::vector<std::pair<std::size_t, std::size_t>> ready_order() const {
    return {{0, layout().size()}};
  }

  /// For each of layout().row_blocks(), the rows that gradients() writes; −1 stands for none, and a row may come
  /// several times. Good from its first call of `ready` to the next call of any function.
  [[nodiscard]] virtual std::span<const std::span<const Token>> touched_rows() const { return {}; }

  /// Loss alone, without dropout and label smoothing: objective and cross_entropy are equal.
  virtual ShardLoss loss(const Examples& examples) = 0;

  /// α of each example as it stands (forced decoding), in their order; none from a model without attention.
  virtual std::vector<Alignment> alignments(const Examples& examples) = 0;

  /// Decoding of source sentences, each with its end-of-sentence token. The decoder is good until the next call of any
  /// function of the model.
  [[nodiscard]] virtual std::unique_ptr<IncrementalDecoder<Real>> start_decoding(
      std::span<const std::span<const Token>> sources) = 0;
};

}  // namespace lockstep

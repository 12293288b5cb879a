#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "framework/core/alignment.h"
#include "framework/corpus/dataset.h"
#include "framework/layers/parameters.h"

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

  /// Loss of `examples` and, into all of `gradients` (layout().size() elements, overwritten), the gradient of
  /// ShardLoss::objective. `ready`, if set, is called as groups of gradients become complete; together the calls cover
  /// the whole array once. Dropout is on.
  virtual ShardLoss gradients(const Examples& examples, const ShardKey& key, std::span<Real> gradients,
                              const GradientReady& ready) = 0;

  /// Loss alone, without dropout and label smoothing: objective and cross_entropy are equal.
  virtual ShardLoss loss(const Examples& examples) = 0;

  /// α of each example as it stands (forced decoding), in their order; none from a model without attention.
  virtual std::vector<Alignment> alignments(const Examples& examples) = 0;
};

}  // namespace lockstep

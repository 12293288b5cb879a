#pragma once

#include <cstddef>
#include <span>

#include "framework/core/configuration.h"
#include "framework/layers/dropout.h"
#include "framework/layers/parameters.h"
#include "framework/model.h"

namespace lockstep {

/// Words that the two sides of a corpus know.
struct InputSizes {
  std::size_t source_vocabulary = 0;
  std::size_t target_vocabulary = 0;
};

/// What a text model is made from.
struct ModelOptions {
  ModelConfiguration model;
  InputSizes inputs;
  double label_smoothing = 0;
};

/// First values of weights that are neither recurrent nor the attention's.
[[nodiscard]] inline InitialValue initial_weights(const InitialConfiguration& initial) {
  return initial.scheme == InitialScheme::kGlorot ? InitialValue::glorot() : InitialValue::normal(initial.weights);
}

/// First values of W_a and U_a.
[[nodiscard]] inline InitialValue initial_attention(const InitialConfiguration& initial) {
  return initial.scheme == InitialScheme::kGlorot ? InitialValue::glorot() : InitialValue::normal(initial.attention);
}

/// The masks a text model has; part of the name of their random numbers.
enum class DropoutMask : std::uint32_t { kSourceEmbedding, kTargetEmbedding, kContext, kOutput };

/// A mask over the rows of the shards that `keys` name, one for each part of the rows.
template <typename Real>
[[nodiscard]] Dropout<Real> make_dropout(double rate, std::span<const ShardKey> keys, DropoutMask mask,
                                         const RowParts& parts, std::size_t columns, Arena& arena) {
  if (rate <= 0) return {};
  const Dropout<Real> dropout(rate, parts.rows(), columns, arena);
  for (std::size_t p = 0; p < parts.size(); ++p) {
    const std::uint32_t minor = (static_cast<std::uint32_t>(mask) << 16) | (keys[p].shard & 0xFFFFU);
    dropout.draw(RandomStream(keys[p].seed, RandomPurpose::kDropout, keys[p].update, minor), parts[p]);
  }
  return dropout;
}

}  // namespace lockstep

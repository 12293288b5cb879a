#pragma once

#include <cstddef>

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

/// A mask of the shard that `key` names.
template <typename Real>
[[nodiscard]] Dropout<Real> make_dropout(double rate, const ShardKey& key, DropoutMask mask, std::size_t rows,
                                         std::size_t columns, Arena& arena) {
  const std::uint32_t minor = (static_cast<std::uint32_t>(mask) << 16) | (key.shard & 0xFFFFU);
  return Dropout<Real>(rate, RandomStream(key.seed, RandomPurpose::kDropout, key.update, minor), rows, columns, arena);
}

}  // namespace lockstep

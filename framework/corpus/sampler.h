#pragma once

#include <cstdint>
#include <vector>

#include "framework/core/configuration.h"
#include "framework/corpus/dataset.h"

namespace lockstep {

/// The examples of one update, shard by shard; a shard may be empty at the end of an epoch.
struct Batch {
  std::vector<std::vector<std::uint64_t>> shards;
  std::uint64_t words = 0;  ///< Dataset::words over all shards
};

struct SamplerSettings {
  std::uint64_t seed = 1;
  std::size_t shards = 1;           ///< V
  std::size_t shard_sentences = 1;  ///< a batch has shards * shard_sentences examples
  std::size_t pool_batches = 20;    ///< the paper sorts 20 batches by length, then cuts them
};

/// The settings of a run's training.
[[nodiscard]] SamplerSettings sampler_settings(const Configuration& configuration);

/// Deals the examples of a dataset into batches and shards: a function of (settings, dataset, epoch, index) alone.
/// The order of an epoch is a permutation computed from the seed; every example comes once an epoch.
class Sampler {
 public:
  /// `dataset` must outlive the sampler and hold at least one example.
  Sampler(const Dataset& dataset, SamplerSettings settings);

  [[nodiscard]] std::uint64_t batches_per_epoch() const;

  /// The batch at `index` of `epoch`, both from 0. Shards hold about equal cost, neighbours in length.
  [[nodiscard]] const Batch& batch(std::uint64_t epoch, std::uint64_t index);

 private:
  void fill_pool(std::uint64_t epoch, std::uint64_t pool);

  const Dataset& dataset_;
  SamplerSettings settings_;
  std::uint64_t pool_epoch_ = ~0ULL;
  std::uint64_t pool_index_ = ~0ULL;
  std::vector<Batch> pool_;  ///< the batches of the pool at hand, in the order they are used
};

}  // namespace lockstep

#include "framework/corpus/sampler.h"

#include <algorithm>
#include <cassert>
#include <span>
#include <utility>

#include "framework/corpus/permutation.h"

namespace lockstep {
namespace {

/// Cuts examples into neighbouring shards, each boundary as near as can be to its share of the whole cost.
Batch cut_to_shards(const Dataset& dataset, std::span<const std::uint64_t> examples, std::size_t shards) {
  std::uint64_t total = 0;
  Batch batch;
  batch.shards.resize(shards);
  for (const std::uint64_t example : examples) {
    total += dataset.cost(example);
    batch.words += dataset.words(example);
  }
  std::size_t shard = 0;
  std::uint64_t before = 0;
  for (const std::uint64_t example : examples) {
    const std::uint64_t cost = dataset.cost(example);
    // The middle of an example's cost says whose share it lies in.
    while (shard + 1 < shards && (2 * before + cost) * shards >= 2 * total * (shard + 1)) ++shard;
    batch.shards[shard].push_back(example);
    before += cost;
  }
  return batch;
}

}  // namespace

SamplerSettings sampler_settings(const Configuration& configuration) {
  const TrainingConfiguration& training = configuration.training;
  SamplerSettings settings;
  settings.seed = static_cast<std::uint64_t>(configuration.seed);
  settings.shards = static_cast<std::size_t>(training.shards);
  settings.shard_sentences = static_cast<std::size_t>(training.shard_sentences);
  settings.pool_batches = static_cast<std::size_t>(training.pool_batches);
  return settings;
}

Sampler::Sampler(const Dataset& dataset, SamplerSettings settings) : dataset_(dataset), settings_(settings) {
  assert(dataset.size() > 0 && settings.shards > 0 && settings.shard_sentences > 0 && settings.pool_batches > 0);
}

std::uint64_t Sampler::batches_per_epoch() const {
  const std::uint64_t batch = settings_.shards * settings_.shard_sentences;
  return (dataset_.size() + batch - 1) / batch;
}

const Batch& Sampler::batch(std::uint64_t epoch, std::uint64_t index) {
  assert(index < batches_per_epoch());
  const std::uint64_t pool = index / settings_.pool_batches;
  if (epoch != pool_epoch_ || pool != pool_index_) fill_pool(epoch, pool);
  return pool_[index % settings_.pool_batches];
}

void Sampler::fill_pool(std::uint64_t epoch, std::uint64_t pool) {
  const std::uint64_t batch = settings_.shards * settings_.shard_sentences;
  const std::uint64_t begin = pool * settings_.pool_batches * batch;
  const std::uint64_t end = std::min(begin + settings_.pool_batches * batch, dataset_.size());
  const Permutation order(dataset_.size(), settings_.seed, RandomPurpose::kPermutation, epoch, 0);

  using Keyed = std::pair<std::uint64_t, std::uint64_t>;  // sort key, example
  std::vector<Keyed> keyed;
  keyed.reserve(end - begin);
  for (std::uint64_t place = begin; place < end; ++place) {
    const std::uint64_t example = order[place];
    keyed.emplace_back(dataset_.sort_key(example), example);
  }
  // Full batches are sorted together. What is left at the end of the epoch makes a smaller batch of its own, which is
  // as good a sample as any: taken after sorting, it would be the longest examples.
  const std::uint64_t full = (end - begin) / batch;
  const auto rest = keyed.begin() + static_cast<std::ptrdiff_t>(full * batch);
  std::sort(keyed.begin(), rest);
  std::sort(rest, keyed.end());
  std::vector<std::uint64_t> examples;
  examples.reserve(keyed.size());
  for (const Keyed& entry : keyed) examples.push_back(entry.second);

  pool_.clear();
  const std::span<const std::uint64_t> all(examples);
  const Permutation batches(full, settings_.seed, RandomPurpose::kBatchOrder, epoch << 32 | pool, 0);
  for (std::uint64_t i = 0; i < full; ++i) {
    pool_.push_back(cut_to_shards(dataset_, all.subspan(batches[i] * batch, batch), settings_.shards));
  }
  if (full * batch < all.size()) pool_.push_back(cut_to_shards(dataset_, all.subspan(full * batch), settings_.shards));
  pool_epoch_ = epoch;
  pool_index_ = pool;
}

}  // namespace lockstep

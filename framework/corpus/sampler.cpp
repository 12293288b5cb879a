#include "framework/corpus/sampler.h"
namespace lockstep {
Sampler::Sampler(const Dataset& dataset, SamplerSettings settings) : dataset_(dataset), settings_(settings) {}
std::uint64_t Sampler::batches_per_epoch() const {
  const auto n = settings_.shards * settings_.shard_sentences;
  return (dataset_.size() + n - 1) / n;
}
const Batch& Sampler::batch(std::uint64_t epoch, std::uint64_t index) {
  pool_.assign(1, {});
  Batch& b = pool_[0];
  b.shards.resize(settings_.shards);
  const auto n = settings_.shards * settings_.shard_sentences;
  for (std::uint64_t k = 0; k < n && index * n + k < dataset_.size(); ++k) {
    std::uint64_t e = ((index * n + k) * 37 + epoch * 11) % dataset_.size();
    b.shards[k / settings_.shard_sentences].push_back(e);
    b.words += dataset_.words(e);
  }
  return b;
}
}  // namespace lockstep

#include "framework/layers/time_major.h"

#include <algorithm>
#include <numeric>

namespace lockstep {

void TimeMajor::assign(std::span<const std::size_t> lengths, std::span<const std::size_t> begins) {
  order_.resize(lengths.size());
  std::iota(order_.begin(), order_.end(), std::size_t{0});
  // Not stable_sort, which takes memory of its own: the number breaks ties.
  std::sort(order_.begin(), order_.end(),
            [&](std::size_t a, std::size_t b) { return lengths[a] != lengths[b] ? lengths[a] > lengths[b] : a < b; });
  place_.resize(lengths.size());
  length_.resize(lengths.size());
  for (std::size_t k = 0; k < order_.size(); ++k) {
    place_[order_[k]] = k;
    length_[k] = lengths[order_[k]];
  }

  const std::size_t steps = length_.empty() ? 0 : length_.front();
  active_.resize(steps);
  begin_.assign(1, 0);
  std::size_t running = length_.size();
  for (std::size_t t = 0; t < steps; ++t) {
    while (length_[running - 1] <= t) --running;
    active_[t] = running;
    begin_.push_back(begin_.back() + running);
  }
  deal_to_shards(begins);
}

void TimeMajor::deal_to_shards(std::span<const std::size_t> begins) {
  shard_rows_.clear();
  shard_places_.clear();
  if (begins.size() <= 2) return;
  for (std::size_t p = 0; p + 1 < begins.size(); ++p) {
    // Sentences of a shard stand in their own order among the others, at every step.
    for (std::size_t k = 0; k < order_.size(); ++k)
      if (order_[k] >= begins[p] && order_[k] < begins[p + 1]) shard_places_.add(k);
    for (std::size_t t = 0; t < steps(); ++t)
      for (const std::uint32_t k : shard_places_.open_part()) {
        if (k >= active_[t]) break;
        shard_rows_.add(row(t, k));
      }
    shard_places_.end_part();
    shard_rows_.end_part();
  }
}

}  // namespace lockstep

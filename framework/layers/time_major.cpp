#include "framework/layers/time_major.h"

#include <algorithm>
#include <numeric>

namespace lockstep {

void TimeMajor::assign(std::span<const std::size_t> lengths) {
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
}

}  // namespace lockstep

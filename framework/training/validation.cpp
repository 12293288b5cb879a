#include "framework/training/validation.h"

#include <algorithm>
#include <numeric>

namespace lockstep {

Validation::Validation(const Communicator& ranks, const Dataset& dataset, std::size_t batch_sentences)
    : ranks_(ranks), dataset_(dataset) {
  std::vector<std::uint64_t> order(dataset.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::uint64_t a, std::uint64_t b) { return dataset.sort_key(a) < dataset.sort_key(b); });
  for (std::size_t begin = 0; begin < order.size(); begin += batch_sentences) {
    const std::size_t end = std::min(begin + batch_sentences, order.size());
    batches_.emplace_back(order.begin() + static_cast<std::ptrdiff_t>(begin),
                          order.begin() + static_cast<std::ptrdiff_t>(end));
  }
  for (const std::uint64_t example : order) words_ += dataset.words(example);
}

double Validation::cross_entropy(Model<float>& model, const std::function<void()>& between) const {
  // Dealt in turn, since neighbours are alike in length: batch j goes to rank j mod P.
  const auto ranks = static_cast<std::size_t>(ranks_.size());
  std::vector<double> own;
  ranks_.agree([&] {
    Examples loaded;
    for (auto j = static_cast<std::size_t>(ranks_.rank()); j < batches_.size(); j += ranks) {
      ranks_.heartbeat().beat();
      if (between) between();
      dataset_.load_into(batches_[j], loaded);
      own.push_back(model.loss(loaded).cross_entropy);
    }
  });
  const std::vector<double> by_rank = ranks_.allgather(own);
  std::vector<double> sums(batches_.size());
  std::size_t next = 0;
  for (std::size_t rank = 0; rank < ranks; ++rank) {
    for (std::size_t j = rank; j < sums.size(); j += ranks) sums[j] = by_rank[next++];
  }
  return std::accumulate(sums.begin(), sums.end(), 0.0) / static_cast<double>(words_);
}

}  // namespace lockstep

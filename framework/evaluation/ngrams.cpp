#include "framework/evaluation/ngrams.h"

#include <algorithm>
#include <iterator>

namespace lockstep {

NgramCounts::NgramCounts(std::u32string_view sequence, std::size_t order) {
  if (sequence.size() < order) return;
  std::vector<Ngram> ngrams(sequence.size() - order + 1);
  for (std::size_t i = 0; i < ngrams.size(); ++i)
    std::copy_n(sequence.begin() + static_cast<std::ptrdiff_t>(i), order, ngrams[i].begin());
  std::sort(ngrams.begin(), ngrams.end());
  for (const Ngram& ngram : ngrams) {
    if (counts_.empty() || counts_.back().first != ngram) counts_.emplace_back(ngram, 0);
    ++counts_.back().second;
  }
}

std::int64_t NgramCounts::total() const {
  std::int64_t sum = 0;
  for (const auto& [ngram, count] : counts_) sum += count;
  return sum;
}

std::int64_t NgramCounts::matches(const NgramCounts& other) const {
  std::int64_t sum = 0;
  auto place = other.counts_.begin();
  for (const auto& [ngram, count] : counts_) {
    while (place != other.counts_.end() && place->first < ngram) ++place;
    if (place == other.counts_.end()) break;
    if (place->first == ngram) sum += std::min(count, place->second);
  }
  return sum;
}

void NgramCounts::raise_to(const NgramCounts& other) {
  std::vector<std::pair<Ngram, std::int64_t>> both;
  both.reserve(counts_.size() + other.counts_.size());
  std::merge(counts_.begin(), counts_.end(), other.counts_.begin(), other.counts_.end(), std::back_inserter(both));
  counts_.clear();
  // Of two equal n-grams the one with the greater count comes last.
  for (const auto& entry : both) {
    if (!counts_.empty() && counts_.back().first == entry.first) {
      counts_.back().second = entry.second;
    } else {
      counts_.push_back(entry);
    }
  }
}

}  // namespace lockstep

#include "framework/evaluation/length_bins.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <utility>

#include "framework/core/errors.h"
#include "framework/core/unicode.h"
#include "framework/evaluation/tokenizer.h"

namespace lockstep {

LengthBins::LengthBins(std::vector<std::size_t> edges) : edges_(std::move(edges)) {
  const bool rising = std::adjacent_find(edges_.begin(), edges_.end(), std::greater_equal<>()) == edges_.end();
  if (edges_.empty() || edges_.front() == 0 || !rising) {
    throw ConfigError("bins of sentence length need rising upper edges above 0, such as 10,20,30,40,50,60");
  }
}

std::size_t LengthBins::bin_of(std::size_t length) const {
  return static_cast<std::size_t>(std::lower_bound(edges_.begin(), edges_.end(), length) - edges_.begin());
}

std::string LengthBins::label(std::size_t bin) const {
  if (bin == edges_.size()) return fmt::format(">{}", edges_.back());
  return fmt::format("{}-{}", bin == 0 ? 1 : edges_[bin - 1] + 1, edges_[bin]);
}

std::size_t count_words(std::string_view line) {
  return split_words(decode_utf8(line)).size();
}

std::vector<BinScore> score_by_length(const Metric& metric, const SentenceStatistics& system,
                                      std::span<const std::size_t> lengths, const LengthBins& bins) {
  std::vector<std::vector<std::int64_t>> sums(bins.size(), std::vector<std::int64_t>(system.width));
  std::vector<BinScore> scores(bins.size());
  for (std::size_t k = 0; k < system.size(); ++k) {
    const std::size_t bin = bins.bin_of(lengths[k]);
    ++scores[bin].sentences;
    const std::span<const std::int64_t> row = system.row(k);
    for (std::size_t i = 0; i < row.size(); ++i) sums[bin][i] += row[i];
  }
  for (std::size_t bin = 0; bin < scores.size(); ++bin) {
    scores[bin].value =
        scores[bin].sentences > 0 ? metric.score(sums[bin]).value : std::numeric_limits<double>::quiet_NaN();
  }
  return scores;
}

}  // namespace lockstep

#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "framework/evaluation/metric.h"

namespace lockstep {

/// Groups of sentences by the number of words in their source: up to edges[0], up to edges[1], …, more than the last.
class LengthBins {
 public:
  /// Throws ConfigError unless there are edges and each is greater than the one before it.
  explicit LengthBins(std::vector<std::size_t> edges);

  [[nodiscard]] std::size_t size() const { return edges_.size() + 1; }
  [[nodiscard]] std::size_t bin_of(std::size_t length) const;
  /// "1-10", "11-20", …, ">60".
  [[nodiscard]] std::string label(std::size_t bin) const;

 private:
  std::vector<std::size_t> edges_;
};

struct BinScore {
  std::size_t sentences = 0;
  double value = 0;  ///< not a number where there are no sentences
};

/// Words of a line between Unicode white space.
[[nodiscard]] std::size_t count_words(std::string_view line);

/// The score of each bin's sentences as a corpus of their own; lengths: [sentences].
[[nodiscard]] std::vector<BinScore> score_by_length(const Metric& metric, const SentenceStatistics& system,
                                                    std::span<const std::size_t> lengths, const LengthBins& bins);

}  // namespace lockstep

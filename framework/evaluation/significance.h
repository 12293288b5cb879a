#pragma once

#include <cstddef>
#include <cstdint>

#include "framework/evaluation/metric.h"

namespace lockstep {

// Whether a difference between two systems on the same sentences could be chance. The random numbers are the same on
// every machine; a seed gives all systems and metrics of one comparison the same samples.

/// Where the score of a system lies when other sentences like these are drawn.
struct Confidence {
  double mean = 0;        ///< over the resamples
  double half_width = 0;  ///< of the interval that holds 95 % of them
};

struct PairedTest {
  double p_value = 1;  ///< two-sided, (c + 1) / (trials + 1) where c trials were at least as far apart as the systems
                       ///< are, so that equal systems have 1
  Confidence confidence;  ///< of the second system, from bootstrap resampling
};

/// Scores of `trials` corpora, drawn with replacement, each as large as the corpus.
[[nodiscard]] Confidence bootstrap(const Metric& metric, const SentenceStatistics& system, std::size_t trials,
                                   std::uint64_t seed);

/// Paired bootstrap resampling (Koehn 2004): differences on resampled corpora, less their mean. sacreBLEU takes 1000.
[[nodiscard]] PairedTest paired_bootstrap(const Metric& metric, const SentenceStatistics& baseline,
                                          const SentenceStatistics& system, std::size_t trials, std::uint64_t seed);

/// Paired approximate randomisation (Riezler and Maxwell 2005): differences after sentences changed sides by the toss
/// of a coin. sacreBLEU takes 10000. `resamples` are for the confidence.
[[nodiscard]] PairedTest paired_randomization(const Metric& metric, const SentenceStatistics& baseline,
                                              const SentenceStatistics& system, std::size_t trials,
                                              std::size_t resamples, std::uint64_t seed);

}  // namespace lockstep

#include "framework/evaluation/significance.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <functional>
#include <numeric>
#include <random>
#include <vector>

namespace lockstep {
namespace {

/// A number below `bound` from the generator's leading bits. The standard's distributions differ between libraries.
std::size_t draw_below(std::size_t bound, std::mt19937_64& generator) {
  const int bits = std::bit_width(static_cast<std::uint64_t>(bound - 1));
  if (bits == 0) return 0;
  while (true) {
    const std::uint64_t drawn = generator() >> static_cast<unsigned>(64 - bits);
    if (drawn < bound) return drawn;
  }
}

/// Scores of resampled corpora: [trials]. The same seed and number of sentences draw the same sentences.
std::vector<double> resampled_scores(const Metric& metric, const SentenceStatistics& system, std::size_t trials,
                                     std::uint64_t seed) {
  std::mt19937_64 generator(seed);
  std::vector<double> scores(trials);
  std::vector<std::int64_t> sums(system.width);
  for (double& score : scores) {
    std::fill(sums.begin(), sums.end(), 0);
    for (std::size_t k = 0; k < system.size(); ++k) {
      const std::span<const std::int64_t> row = system.row(draw_below(system.size(), generator));
      for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += row[i];
    }
    score = metric.score(sums).value;
  }
  return scores;
}

double mean_of(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

Confidence confidence_of(std::vector<double> scores) {
  if (scores.empty()) return {};
  std::sort(scores.begin(), scores.end());
  const std::size_t outside = scores.size() / 40;  // 2.5 % on either side
  return {mean_of(scores), 0.5 * (scores[scores.size() - outside - 1] - scores[outside])};
}

double p_value_of(const std::vector<double>& differences, double observed) {
  const auto beyond = std::count_if(differences.begin(), differences.end(),
                                    [observed](double difference) { return difference >= observed; });
  return static_cast<double>(beyond + 1) / static_cast<double>(differences.size() + 1);
}

double observed_difference(const Metric& metric, const SentenceStatistics& baseline, const SentenceStatistics& system) {
  return std::abs(metric.score(baseline.sum()).value - metric.score(system.sum()).value);
}

}  // namespace

Confidence bootstrap(const Metric& metric, const SentenceStatistics& system, std::size_t trials, std::uint64_t seed) {
  return confidence_of(resampled_scores(metric, system, trials, seed));
}

PairedTest paired_bootstrap(const Metric& metric, const SentenceStatistics& baseline, const SentenceStatistics& system,
                            std::size_t trials, std::uint64_t seed) {
  const std::vector<double> baseline_scores = resampled_scores(metric, baseline, trials, seed);
  const std::vector<double> system_scores = resampled_scores(metric, system, trials, seed);
  std::vector<double> differences(trials);
  for (std::size_t i = 0; i < trials; ++i) differences[i] = std::abs(system_scores[i] - baseline_scores[i]);
  const double mean = mean_of(differences);
  for (double& difference : differences) difference -= mean;
  return {p_value_of(differences, observed_difference(metric, baseline, system)), confidence_of(system_scores)};
}

PairedTest paired_randomization(const Metric& metric, const SentenceStatistics& baseline,
                                const SentenceStatistics& system, std::size_t trials, std::size_t resamples,
                                std::uint64_t seed) {
  const std::size_t width = baseline.width;
  // One side of a trial is the baseline's sums and, for each sentence that changed sides, what the systems differ by
  // there.
  std::vector<std::int64_t> change(baseline.values.size());
  std::transform(system.values.begin(), system.values.end(), baseline.values.begin(), change.begin(), std::minus<>());
  const std::vector<std::int64_t> baseline_sums = baseline.sum();
  const std::vector<std::int64_t> system_sums = system.sum();

  std::mt19937_64 generator(seed);
  std::vector<double> differences(trials);
  for (double& difference : differences) {
    std::vector<std::int64_t> one = baseline_sums;
    std::vector<std::int64_t> other = system_sums;
    std::uint64_t coins = 0;
    for (std::size_t k = 0; k < baseline.size(); ++k, coins >>= 1U) {
      if (k % 64 == 0) coins = generator();
      if ((coins & 1U) == 0) continue;
      for (std::size_t i = 0; i < width; ++i) one[i] += change[k * width + i];
    }
    for (std::size_t i = 0; i < width; ++i) other[i] += baseline_sums[i] - one[i];
    difference = std::abs(metric.score(one).value - metric.score(other).value);
  }
  return {p_value_of(differences, observed_difference(metric, baseline, system)),
          bootstrap(metric, system, resamples, seed)};
}

}  // namespace lockstep

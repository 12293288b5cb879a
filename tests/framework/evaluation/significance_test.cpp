#include "framework/evaluation/significance.h"

#include <cmath>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "framework/core/errors.h"
#include "framework/evaluation/length_bins.h"
#include "tests/support/catch.h"

namespace lockstep {
namespace {

/// The mean of a number each sentence has: its samples' distribution is known.
class Mean final : public Metric {
 public:
  [[nodiscard]] std::string name() const override { return "mean"; }
  [[nodiscard]] std::string settings() const override { return ""; }
  [[nodiscard]] std::size_t width() const override { return 2; }
  void count(std::string_view hypothesis, std::span<const std::string_view>,
             std::span<std::int64_t> statistics) const override {
    statistics[0] = 1;
    statistics[1] = std::stoll(std::string(hypothesis));
  }
  [[nodiscard]] Score score(std::span<const std::int64_t> sums) const override {
    return {static_cast<double>(sums[1]) / static_cast<double>(sums[0]), ""};
  }
};

SentenceStatistics values(const std::vector<std::int64_t>& numbers) {
  SentenceStatistics statistics{2, {}};
  for (const std::int64_t number : numbers) statistics.values.insert(statistics.values.end(), {1, number});
  return statistics;
}

/// Half of n sentences with 0, half with 100.
SentenceStatistics halves(std::size_t n) {
  std::vector<std::int64_t> numbers(n);
  for (std::size_t k = 0; k < n; k += 2) numbers[k] = 100;
  return values(numbers);
}

}  // namespace

TEST_CASE("A bootstrap's mean and interval are those of the sampling distribution", "[evaluation]") {
  // A mean of 400 draws of 0 or 100 has standard deviation 50 / 20; 95 % lie within 1.96 of them.
  const Confidence confidence = bootstrap(Mean(), halves(400), 4000, 1);
  CHECK(confidence.mean == Approx(50).margin(0.2));
  CHECK(confidence.half_width == Approx(1.96 * 2.5).margin(0.3));
}

TEST_CASE("Randomisation's p-value is the chance of a difference as great", "[evaluation]") {
  // Four sentences, each better by one: only all heads and all tails are as far apart.
  CHECK(paired_randomization(Mean(), values({0, 0, 0, 0}), values({1, 1, 1, 1}), 20000, 10, 1).p_value ==
        Approx(2.0 / 16).margin(0.01));
  // Differences 3, −1, −1, 1: the systems are 0.5 apart; all 16 tosses are counted.
  int beyond = 0;
  for (int toss = 0; toss < 16; ++toss) {
    const int sum = (toss & 1 ? 3 : -3) + (toss & 2 ? -1 : 1) + (toss & 4 ? -1 : 1) + (toss & 8 ? 1 : -1);
    if (std::abs(sum) >= 2) ++beyond;
  }
  CHECK(paired_randomization(Mean(), values({0, 1, 1, 0}), values({3, 0, 0, 1}), 20000, 10, 1).p_value ==
        Approx(beyond / 16.0).margin(0.01));
}

TEST_CASE("Both tests tell a clear difference from none", "[evaluation]") {
  std::vector<std::int64_t> base;
  std::vector<std::int64_t> better;
  std::vector<std::int64_t> other;
  for (int k = 0; k < 200; ++k) {
    base.push_back(k % 17);
    better.push_back(k % 17 + (k % 3 == 0 ? 0 : 2));
    other.push_back(k % 17 + (k % 2 == 0 ? 1 : -1));
  }
  CHECK(paired_bootstrap(Mean(), values(base), values(better), 1000, 1).p_value < 0.01);
  CHECK(paired_randomization(Mean(), values(base), values(better), 1000, 10, 1).p_value < 0.01);
  CHECK(paired_bootstrap(Mean(), values(base), values(other), 1000, 1).p_value > 0.3);
  CHECK(paired_randomization(Mean(), values(base), values(other), 1000, 10, 1).p_value > 0.3);
}

TEST_CASE("Equal systems don't differ", "[evaluation]") {
  CHECK(paired_bootstrap(Mean(), halves(50), halves(50), 100, 1).p_value == 1);
  CHECK(paired_randomization(Mean(), halves(50), halves(50), 100, 10, 1).p_value == 1);
}

TEST_CASE("A seed gives the same result again, on every machine; another one another", "[evaluation]") {
  const SentenceStatistics one = halves(50);
  CHECK(bootstrap(Mean(), one, 100, 7).mean == bootstrap(Mean(), one, 100, 7).mean);
  CHECK(bootstrap(Mean(), one, 100, 7).mean != bootstrap(Mean(), one, 100, 8).mean);
  CHECK(bootstrap(Mean(), values({5}), 100, 7).mean == 5);
  // mt19937_64's 10000th number by the C++ standard stands for its stream.
  std::mt19937_64 generator;
  generator.discard(9999);
  CHECK(generator() == 9981545732273789042ULL);
}

TEST_CASE("Sentences are grouped by the length of their source", "[evaluation]") {
  const LengthBins bins({2, 4});
  CHECK(bins.size() == 3);
  CHECK(bins.bin_of(0) == 0);
  CHECK(bins.bin_of(2) == 0);
  CHECK(bins.bin_of(3) == 1);
  CHECK(bins.bin_of(5) == 2);
  CHECK(bins.label(0) == "1-2");
  CHECK(bins.label(1) == "3-4");
  CHECK(bins.label(2) == ">4");
  CHECK(count_words(" a\u00A0b  c\n") == 3);
  const std::vector<BinScore> scores =
      score_by_length(Mean(), values({1, 3, 10}), std::vector<std::size_t>{1, 2, 9}, bins);
  CHECK(scores[0].sentences == 2);
  CHECK(scores[0].value == 2);
  CHECK(scores[1].sentences == 0);
  CHECK(std::isnan(scores[1].value));
  CHECK(scores[2].value == 10);
  CHECK_THROWS_AS(LengthBins({}), ConfigError);
  CHECK_THROWS_AS(LengthBins({4, 4}), ConfigError);
  CHECK_THROWS_AS(LengthBins({0, 4}), ConfigError);
}

}  // namespace lockstep

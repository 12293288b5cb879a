#include "framework/decoding/mean_scores.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "framework/numeric/best_of_row.h"
#include "tests/support/catch.h"

using namespace lockstep;

TEST_CASE("An ensemble's scores are the mean of log probabilities, and its peaks the greatest of them", "[decoding]") {
  constexpr std::size_t kWords = 300;
  std::vector<float> first(2 * kWords);
  std::vector<float> second(2 * kWords);
  for (std::size_t i = 0; i < first.size(); ++i) {
    first[i] = std::sin(static_cast<float>(i));
    second[i] = 3 * std::cos(static_cast<float>(2 * i));
  }
  const std::vector<float> peaks(4);  // theirs aren't asked for
  const std::vector<double> first_sums = {6.0, 5.5};
  std::vector<double> second_sums = {8.0, 7.25};
  const auto scores = [&](std::vector<float>& values, const std::vector<double>& sums) {
    return WordScores<float>{MatrixView<float>(values.data(), 2, kWords), {peaks.data(), 2, 2}, sums};
  };
  MeanScores mean;
  const std::vector<WordScores<float>> both = {scores(first, first_sums), scores(second, second_sums)};
  const WordScores<float> result = mean.average(both);
  for (std::size_t r = 0; r < 2; ++r) {
    std::vector<double> greatest(2, -1e9);
    for (std::size_t w = 0; w < kWords; ++w) {
      const double expected = (static_cast<double>(first[r * kWords + w]) - first_sums[r] +
                               static_cast<double>(second[r * kWords + w]) - second_sums[r]) /
                              2;
      CHECK(result.log_probability(r, w) == Approx(expected).epsilon(1e-6));
      greatest[w / kPeakBlock] = std::max(greatest[w / kPeakBlock], expected);
    }
    for (std::size_t b = 0; b < 2; ++b) CHECK(static_cast<double>(result.peaks(r, b)) == Approx(greatest[b]));
  }
  second_sums[1] = std::numeric_limits<double>::quiet_NaN();
  const WordScores<float> spoilt = mean.average(both);
  CHECK(!std::isnan(spoilt.log_sums[0]));
  CHECK(std::isnan(spoilt.log_sums[1]));
}

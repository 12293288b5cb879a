#include "framework/numeric/weighted_sums.h"

#include <cmath>
#include <vector>

#include "tests/support/catch.h"

using namespace lockstep;

TEMPLATE_TEST_CASE("Weighted sums of several rows are those of each alone, offset among them", "[numeric]", float,
                   double) {
  const std::size_t rows = GENERATE(1, 2, 3, 4, 5, 6, 12);
  const std::size_t columns = GENERATE(3, 16, 37);
  constexpr std::size_t kPositions = 7;
  std::vector<TestType> values(kPositions * columns);
  std::vector<TestType> weights(rows * kPositions);
  std::vector<TestType> offsets(rows * columns);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<TestType>(std::sin(static_cast<double>(i)));
  for (std::size_t i = 0; i < weights.size(); ++i) weights[i] = static_cast<TestType>(std::cos(static_cast<double>(i)));
  for (std::size_t i = 0; i < offsets.size(); ++i) offsets[i] = static_cast<TestType>(i % 11);
  std::vector<const TestType*> weight_rows;
  std::vector<const TestType*> offset_rows;
  for (std::size_t r = 0; r < rows; ++r) {
    weight_rows.push_back(weights.data() + r * kPositions);
    offset_rows.push_back(offsets.data() + r * columns);
  }
  const MatrixView<TestType> view(values.data(), kPositions, columns);
  std::vector<TestType> sums(rows * columns);
  weighted_sums(WeightedSums<TestType>{view, weight_rows.data(), offset_rows.data(), {sums.data(), rows, columns}});
  for (std::size_t r = 0; r < rows; ++r) {
    std::vector<TestType> alone(columns);
    weighted_sums(WeightedSums<TestType>{view, &weight_rows[r], &offset_rows[r], {alone.data(), 1, columns}});
    for (std::size_t c = 0; c < columns; ++c) {
      double expected = static_cast<double>(offset_rows[r][c]);
      for (std::size_t j = 0; j < kPositions; ++j)
        expected += static_cast<double>(weight_rows[r][j]) * static_cast<double>(view(j, c));
      CHECK(sums[r * columns + c] == Approx(expected).margin(1e-5));
      CHECK(sums[r * columns + c] == alone[c]);
    }
  }
}

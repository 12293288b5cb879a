#include "framework/numeric/best_of_row.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "tests/support/catch.h"

using namespace lockstep;

namespace {

/// Rows of logits that grow and fall, some of them far apart, with a stride of their own.
template <typename Real>
struct Rows {
  explicit Rows(std::size_t width, Real spread) : columns(width), values(kRows * (width + 3)), bias(width) {
    for (std::size_t i = 0; i < values.size(); ++i)
      values[i] = spread * static_cast<Real>(std::sin(0.7 * static_cast<double>(i * i % 1009)));
    for (std::size_t i = 0; i < columns; ++i) bias[i] = static_cast<Real>(0.01 * static_cast<double>(i % 17));
    peaks.resize(kRows * peak_count(columns));
    log_sums.resize(kRows);
  }
  MatrixView<Real> view() { return {values.data(), kRows, columns, columns + 3}; }
  void score() {
    score_rows(ScoreRows<Real>{view(), bias.data(), {peaks.data(), kRows, peak_count(columns)}, log_sums.data()});
  }
  static constexpr std::size_t kRows = 3;
  std::size_t columns;
  std::vector<Real> values;
  std::vector<Real> bias;
  std::vector<Real> peaks;
  std::vector<double> log_sums;
};

}  // namespace

TEMPLATE_TEST_CASE("Scored rows have their bias, the log of their sum and the greatest of each block", "[numeric]",
                   float, double) {
  const std::size_t columns = GENERATE(1, 5, 16, 255, 256, 257, 1000);
  const double spread = GENERATE(0.0, 1.0, 60.0, 1000.0);
  CAPTURE(columns, spread);
  Rows<TestType> rows(columns, static_cast<TestType>(spread));
  const Rows<TestType> before = rows;
  rows.score();
  for (std::size_t r = 0; r < rows.kRows; ++r) {
    std::vector<TestType> greatest(peak_count(columns), -std::numeric_limits<TestType>::infinity());
    double largest = -1e30;
    for (std::size_t c = 0; c < columns; ++c) {
      const TestType expected = before.values[r * (columns + 3) + c] + before.bias[c];
      CHECK(rows.view()(r, c) == expected);
      greatest[c / kPeakBlock] = std::max(greatest[c / kPeakBlock], expected);
      largest = std::max(largest, static_cast<double>(expected));
    }
    double sum = 0;
    for (std::size_t c = 0; c < columns; ++c) sum += std::exp(static_cast<double>(rows.view()(r, c)) - largest);
    CHECK(rows.log_sums[r] == Approx(largest + std::log(sum)).epsilon(1e-7).margin(1e-6));
    CHECK(std::equal(greatest.begin(), greatest.end(), rows.peaks.begin() + static_cast<long>(r * greatest.size())));
    for (std::size_t c = columns; c < columns + 3 && r + 1 < rows.kRows; ++c)
      CHECK(rows.values[r * (columns + 3) + c] == before.values[r * (columns + 3) + c]);
  }
}

TEMPLATE_TEST_CASE("A row's sum tells of what is no number, wherever it stands", "[numeric]", float, double) {
  using Limits = std::numeric_limits<TestType>;
  const std::size_t columns = GENERATE(9, 700);
  for (const std::size_t place : {std::size_t{0}, std::size_t{3}, columns - 1}) {
    for (const TestType bad : {Limits::quiet_NaN(), -Limits::quiet_NaN(), Limits::infinity()}) {
      Rows<TestType> rows(columns, 1);
      rows.view()(1, place) = bad;
      rows.score();
      CHECK(!std::isnan(rows.log_sums[0]));
      CHECK(std::isnan(rows.log_sums[1]));
      CHECK(!std::isnan(rows.log_sums[2]));
    }
  }
  Rows<TestType> rows(columns, 1);
  std::fill_n(rows.view().row(0), columns, -Limits::infinity());
  std::fill_n(rows.view().row(1), columns - 1, -Limits::infinity());
  rows.score();
  CHECK(std::isnan(rows.log_sums[0]));
  CHECK(rows.log_sums[1] == Approx(rows.view()(1, columns - 1)));
}

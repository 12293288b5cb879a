// Element-wise passes against libm in long double, over the whole range where they matter, and at lengths that are and
// are not multiples of a vector.
#include "framework/numeric/elementwise.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/instruction_sets.h"

using namespace lockstep;
using lockstep::testing::on_every_instruction_set;

namespace {

/// |value − exact| in units in the last place of Real.
template <typename Real>
double ulp_error(Real value, long double exact) {
  const auto rounded = static_cast<Real>(exact);
  const long double ulp = std::nextafter(std::abs(rounded), std::numeric_limits<Real>::infinity()) - std::abs(rounded);
  return static_cast<double>(std::abs(static_cast<long double>(value) - exact) / ulp);
}

template <typename Real>
std::vector<Real> grid(double from, double to, std::size_t count) {
  std::vector<Real> values(count);
  for (std::size_t i = 0; i < count; ++i)
    values[i] = static_cast<Real>(from + (to - from) * static_cast<double>(i) / static_cast<double>(count - 1));
  return values;
}

template <typename Real, template <typename> class Pass, typename Exact>
double worst_error(void (*pass)(const Pass<Real>&), double from, double to, Exact exact) {
  const std::vector<Real> x = grid<Real>(from, to, 20011);
  std::vector<Real> y = x;
  pass({MatrixView<Real>(y.data(), 1, y.size())});
  double worst = 0;
  for (std::size_t i = 0; i < x.size(); ++i)
    worst = std::max(worst, ulp_error(y[i], exact(static_cast<long double>(x[i]))));
  return worst;
}

}  // namespace

TEMPLATE_TEST_CASE("exp, tanh and sigmoid stay within their stated error of libm", "[numeric]", float, double) {
  using Real = TestType;
  const auto exact_tanh = [](long double x) { return std::tanh(x); };
  const auto exact_sigmoid = [](long double x) { return 1 / (1 + std::exp(-x)); };
  const auto exact_exp = [](long double x) { return std::exp(x); };
  CHECK(worst_error<Real, TanhForward>(tanh_forward, -12, 12, exact_tanh) <= 4);
  CHECK(worst_error<Real, TanhForward>(tanh_forward, -1e-3, 1e-3, exact_tanh) <= 4);
  CHECK(worst_error<Real, SigmoidForward>(sigmoid_forward, -80, 80, exact_sigmoid) <= 4);
  CHECK(worst_error<Real, ExpForward>(exp_forward, -80, 80, exact_exp) <= 2);
}

TEMPLATE_TEST_CASE("tanh and sigmoid keep to their limits far out", "[numeric]", float, double) {
  using Real = TestType;
  std::vector<Real> x = {-1e30F, -1000, 0, 1000, 1e30F};
  std::vector<Real> y = x;
  tanh_forward(TanhForward<Real>{{x.data(), 1, x.size()}});
  CHECK(x == std::vector<Real>{-1, -1, 0, 1, 1});
  sigmoid_forward(SigmoidForward<Real>{{y.data(), 1, y.size()}});
  CHECK(y == std::vector<Real>{0, 0, Real(0.5), 1, 1});
}

TEMPLATE_TEST_CASE("Passes over strided matrices touch their columns and nothing beside them", "[numeric]", float,
                   double) {
  using Real = TestType;
  const std::size_t columns = GENERATE(1U, 3U, 8U, 16U, 17U, 64U, 67U);
  const std::size_t stride = columns + 5;
  constexpr std::size_t kRows = 3;
  std::vector<Real> x(kRows * stride);
  std::vector<Real> y(kRows * stride, Real(7));
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<Real>(i % 13) - Real(6);
  const MatrixView<Real> from(x.data(), kRows, columns, stride);
  const MatrixView<Real> to(y.data(), kRows, columns, stride);

  copy_rows<Real>(from, to);
  add_to(AddTo<Real>{from, to});
  multiply_by(MultiplyBy<Real>{from, to});
  add_bias(AddBias<Real>{to, x.data()});
  std::vector<Real> sums(columns);
  column_sums(ColumnSums<Real>{from, {0, from.rows}, sums.data()});

  for (std::size_t c = 0; c < columns; ++c) {
    Real sum = 0;
    for (std::size_t r = 0; r < kRows; ++r) {
      CHECK(to(r, c) == 2 * from(r, c) * from(r, c) + x[c]);
      sum += from(r, c);
    }
    CHECK(sums[c] == sum);
  }
  for (std::size_t r = 0; r < kRows; ++r)
    for (std::size_t c = columns; c < stride; ++c) CHECK(y[r * stride + c] == Real(7));
}

TEMPLATE_TEST_CASE("Column sums add many rows, each column in its order", "[numeric]", float, double) {
  using Real = TestType;
  const std::size_t rows = GENERATE(1U, 4U, 7U, 21U);
  const std::size_t columns = GENERATE(5U, 2048U, 4099U);
  std::vector<Real> x(rows * (columns + 1));
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<Real>(std::sin(static_cast<double>(i)));
  const MatrixView<Real> view(x.data(), rows, columns, columns + 1);
  std::vector<Real> wanted(columns);
  for (std::size_t r = 0; r < rows; ++r)
    for (std::size_t c = 0; c < columns; ++c) wanted[c] += view(r, c);
  on_every_instruction_set([&] {
    std::vector<Real> sums(columns, Real(3));
    column_sums(ColumnSums<Real>{view, {0, view.rows}, sums.data()});
    CHECK(sums == wanted);
  });
}

TEMPLATE_TEST_CASE("Rows are added where their numbers say, again where one comes again, nowhere below 0", "[numeric]",
                   float, double) {
  using Real = TestType;
  const std::size_t columns = GENERATE(1U, 16U, 19U);
  const std::vector<std::int32_t> rows = {2, -1, 0, 2};
  std::vector<Real> x(4 * columns);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<Real>(i + 1);
  on_every_instruction_set([&] {
    std::vector<Real> y(3 * columns, Real(1));
    add_rows(AddRows<Real>{{x.data(), 4, columns}, rows.data(), {y.data(), 3, columns}});
    for (std::size_t c = 0; c < columns; ++c) {
      CHECK(y[c] == 1 + x[2 * columns + c]);
      CHECK(y[columns + c] == 1);
      CHECK(y[2 * columns + c] == 1 + x[c] + x[3 * columns + c]);
    }
  });
}

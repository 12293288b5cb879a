#include "framework/numeric/orthogonal.h"

#include <random>
#include <vector>

#include "tests/support/catch.h"

TEST_CASE("An orthogonalised matrix has orthonormal rows and columns", "[numeric]") {
  const std::size_t n = GENERATE(1U, 2U, 65U);
  std::mt19937_64 generator(3);
  std::normal_distribution<double> distribution;
  std::vector<double> values(n * n);
  for (double& value : values) value = distribution(generator);
  const lockstep::MatrixView<double> q(values.data(), n, n);
  lockstep::orthogonalise(q);
  for (std::size_t a = 0; a < n; ++a)
    for (std::size_t b = 0; b <= a; ++b) {
      double rows = 0;
      double columns = 0;
      for (std::size_t k = 0; k < n; ++k) {
        rows += q(a, k) * q(b, k);
        columns += q(k, a) * q(k, b);
      }
      CHECK(rows == Approx(a == b ? 1 : 0).margin(1e-12));
      CHECK(columns == Approx(a == b ? 1 : 0).margin(1e-12));
    }
}

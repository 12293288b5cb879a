#include "framework/numeric/gemm.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <random>
#include <vector>

using namespace lockstep;

namespace {

template <typename Real>
struct Storage {
  Storage(std::size_t rows, std::size_t columns, std::size_t stride, std::uint64_t seed) : values(rows * stride) {
    std::mt19937_64 generator(seed);
    std::uniform_real_distribution<double> distribution(-1, 1);
    for (Real& value : values) value = static_cast<Real>(distribution(generator));
    view = {values.data(), rows, columns, stride};
  }
  std::vector<Real> values;
  MatrixView<Real> view;
};

}  // namespace

TEMPLATE_TEST_CASE("The three products agree with their definition for strided views, with and without adding",
                   "[numeric]", float, double) {
  using Real = TestType;
  const auto gemm = make_gemm<Real>(GemmEngine::kOpenBlas);
  const double tolerance = sizeof(Real) == 4 ? 1e-5 : 1e-13;
  const Real beta = GENERATE(Real(0), Real(1));
  const std::size_t n = GENERATE(1U, 4U, 19U);
  constexpr std::size_t kRows = 23;
  constexpr std::size_t kColumns = 31;
  const Storage<Real> weight(kRows, kColumns, kColumns + 2, 1);
  const Storage<Real> x(n, kRows, kRows + 3, 2);
  const Storage<Real> y(n, kColumns, kColumns + 1, 3);
  const auto packed = gemm->make_weight();
  packed->pack(weight.view);

  Storage<Real> forward(n, kColumns, kColumns + 4, 4);
  const Storage<Real> forward_before = forward;
  packed->multiply(x.view, beta, {forward.values.data(), n, kColumns, kColumns + 4});
  Storage<Real> backward(n, kRows, kRows, 5);
  const Storage<Real> backward_before = backward;
  packed->multiply_transposed(y.view, beta, {backward.values.data(), n, kRows, kRows});
  Storage<Real> gradient(kRows, kColumns, kColumns, 6);
  const Storage<Real> gradient_before = gradient;
  gemm->multiply_at_b(x.view, y.view, beta, {gradient.values.data(), kRows, kColumns, kColumns});

  for (std::size_t r = 0; r < n; ++r)
    for (std::size_t c = 0; c < kColumns; ++c) {
      double sum = beta * forward_before.values[r * (kColumns + 4) + c];
      for (std::size_t k = 0; k < kRows; ++k) sum += static_cast<double>(x.view(r, k)) * weight.view(k, c);
      CHECK(forward.values[r * (kColumns + 4) + c] == Approx(sum).margin(tolerance));
    }
  for (std::size_t r = 0; r < n; ++r)
    for (std::size_t c = 0; c < kRows; ++c) {
      double sum = beta * backward_before.values[r * kRows + c];
      for (std::size_t k = 0; k < kColumns; ++k) sum += static_cast<double>(y.view(r, k)) * weight.view(c, k);
      CHECK(backward.values[r * kRows + c] == Approx(sum).margin(tolerance));
    }
  for (std::size_t r = 0; r < kRows; ++r)
    for (std::size_t c = 0; c < kColumns; ++c) {
      double sum = beta * gradient_before.values[r * kColumns + c];
      for (std::size_t k = 0; k < n; ++k) sum += static_cast<double>(x.view(k, r)) * y.view(k, c);
      CHECK(gradient.values[r * kColumns + c] == Approx(sum).margin(tolerance));
    }
}

TEST_CASE("A product's bits depend on its shape alone, not on where its matrices lie", "[numeric]") {
  const auto gemm = make_gemm<float>(GemmEngine::kOpenBlas);
  constexpr std::size_t kRows = 130;
  constexpr std::size_t kColumns = 200;
  constexpr std::size_t kCount = 33;
  const Storage<float> weight(kRows, kColumns, kColumns, 7);
  const Storage<float> x(kCount, kRows, kRows, 8);
  std::vector<std::vector<float>> results;
  for (const std::size_t shift : {0U, 1U, 5U, 16U}) {
    std::vector<float> weight_copy(weight.values.size() + shift);
    std::vector<float> x_copy(x.values.size() + shift);
    std::copy(weight.values.begin(), weight.values.end(), weight_copy.begin() + static_cast<std::ptrdiff_t>(shift));
    std::copy(x.values.begin(), x.values.end(), x_copy.begin() + static_cast<std::ptrdiff_t>(shift));
    const auto packed = gemm->make_weight();
    packed->pack({weight_copy.data() + shift, kRows, kColumns});
    std::vector<float> y(kCount * kColumns);
    packed->multiply({x_copy.data() + shift, kCount, kRows}, 0.0F, {y.data(), kCount, kColumns});
    results.push_back(y);
  }
  for (const auto& result : results) CHECK(result == results.front());
}

TEST_CASE("Engine and instruction set have names", "[numeric]") {
  CHECK(describe_gemm(GemmEngine::kOpenBlas).rfind("openblas ", 0) == 0);
  CHECK_FALSE(describe_simd().empty());
}

#include "framework/numeric/gemm.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "tests/support/catch.h"

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

/// Engines that this machine has, with the precision they multiply in.
struct Products {
  GemmEngine engine;
  Precision precision;
};
std::vector<Products> products_here() {
  std::vector<Products> all = {{GemmEngine::kOpenBlas, Precision::kFloat32}};
  all.push_back({GemmEngine::kPanels, Precision::kFloat32});
  const bool onednn = resolve_engine(GemmEngine::kAuto, Precision::kBfloat16) == GemmEngine::kOneDnn;
  for (const Precision precision : {Precision::kFloat32, Precision::kBfloat16}) {
    if (onednn) all.push_back({GemmEngine::kOneDnn, precision});
  }
  if (!onednn) WARN("oneDNN isn't built in or this processor lacks AVX-512: it is not tested");
  return all;
}

/// What a factor becomes: itself, or the nearest number of 8 significant bits, of two equally near the even one.
double rounded(double value, Precision precision) {
  if (precision == Precision::kFloat32 || value == 0) return value;
  int exponent = 0;
  const double fraction = std::frexp(value, &exponent);
  return std::ldexp(std::nearbyint(std::ldexp(fraction, 8)), exponent - 8);
}

/// The greatest difference of `found` from beta * before + Σ_k left(r, k) right(k, c).
template <typename Real, typename Left, typename Right>
double worst_error(const MatrixView<Real>& found, const MatrixView<Real>& before, Real beta, std::size_t length,
                   const Left& left, const Right& right) {
  double worst = 0;
  for (std::size_t r = 0; r < found.rows; ++r)
    for (std::size_t c = 0; c < found.columns; ++c) {
      double sum = static_cast<double>(beta * before(r, c));
      for (std::size_t k = 0; k < length; ++k) sum += left(r, k) * right(k, c);
      const double error = std::abs(static_cast<double>(found(r, c)) - sum);
      if (!(error <= worst)) worst = error;
    }
  return worst;
}

template <typename Real>
void check_products(const Gemm<Real>& gemm, Precision precision, std::size_t n, std::size_t rows, std::size_t columns,
                    Real beta) {
  const double tolerance = sizeof(Real) == 4 ? 1e-5 * std::sqrt(static_cast<double>(rows + columns + n)) : 1e-12;
  const auto round = [precision](Real value) { return rounded(static_cast<double>(value), precision); };
  const Storage<Real> weight(rows, columns, columns + 2, 1);
  const Storage<Real> x(n, rows, rows + 3, 2);
  const Storage<Real> y(n, columns, columns + 1, 3);
  const auto packed = gemm.make_weight();
  packed->pack(weight.view);

  const Storage<Real> forward(n, columns, columns + 4, 4);
  const Storage<Real> forward_before(n, columns, columns + 4, 4);
  packed->multiply(x.view, beta, forward.view);
  CHECK(worst_error(
            forward.view, forward_before.view, beta, rows, [&](auto r, auto k) { return round(x.view(r, k)); },
            [&](auto k, auto c) { return round(weight.view(k, c)); }) < tolerance);
  const Storage<Real> backward(n, rows, rows, 5);
  const Storage<Real> backward_before(n, rows, rows, 5);
  packed->multiply_transposed(y.view, beta, backward.view);
  CHECK(worst_error(
            backward.view, backward_before.view, beta, columns, [&](auto r, auto k) { return round(y.view(r, k)); },
            [&](auto k, auto c) { return round(weight.view(c, k)); }) < tolerance);
  const Storage<Real> gradient(rows, columns, columns, 6);
  const Storage<Real> gradient_before(rows, columns, columns, 6);
  gemm.multiply_at_b(RowParts(n), x.view, y.view, gradient.view);
  CHECK(worst_error(
            gradient.view, gradient_before.view, Real{0}, n, [&](auto r, auto k) { return round(x.view(k, r)); },
            [&](auto k, auto c) { return round(y.view(k, c)); }) < tolerance);
}

}  // namespace

TEST_CASE("The three products agree with their definition for strided views, with and without adding, in every engine",
          "[numeric]") {
  const float beta = GENERATE(0.0F, 1.0F);
  for (const Products& here : products_here()) {
    INFO("engine " << static_cast<int>(here.engine) << ", precision " << static_cast<int>(here.precision));
    const auto gemm = make_gemm<float>(here.engine, here.precision);
    for (const std::size_t n : {1U, 4U, 19U, 97U, 351U}) check_products<float>(*gemm, here.precision, n, 23, 31, beta);
    check_products<float>(*gemm, here.precision, 33, 130, 200, beta);
    check_products<float>(*gemm, here.precision, 64, 128, 192, beta);
  }
}

TEST_CASE("The three products agree with their definition in double", "[numeric]") {
  const double beta = GENERATE(0.0, 1.0);
  const auto gemm = make_gemm<double>(GemmEngine::kAuto, Precision::kFloat32);
  for (const std::size_t n : {1U, 4U, 19U}) check_products<double>(*gemm, Precision::kFloat32, n, 23, 31, beta);
}

TEST_CASE("A product whose rows come in blocks has the bits of one whose rows come at once", "[numeric]") {
  for (const Products& here : products_here()) {
    // OpenBLAS adds block to block, and rounds otherwise.
    if (here.engine == GemmEngine::kOpenBlas) continue;
    const auto gemm = make_gemm<float>(here.engine, here.precision);
    const auto product = gemm->make_block_product();
    for (const std::size_t rows : {1U, 64U, 131U}) {
      const Storage<float> a(rows, 37, 37, 1);
      const Storage<float> b(rows, 70, 75, 2);
      std::vector<float> whole(37 * 70), blocks(37 * 70, 5.0F);
      gemm->multiply_at_b(RowParts(rows), a.view, b.view, {whole.data(), 37, 70});
      product->begin(RowParts(rows), {blocks.data(), 37, 70});
      for (std::size_t begin = 0; begin < rows; begin += 32) {
        const std::size_t count = std::min<std::size_t>(32, rows - begin);
        product->add(a.view.row_block(begin, count), b.view.row_block(begin, count));
      }
      CHECK(blocks == whole);
    }
  }
}

TEST_CASE("A product over parts of the rows is the sum along the tree of products over each part", "[numeric]") {
  const auto gemm = make_gemm<float>(GemmEngine::kPanels, Precision::kFloat32);
  REQUIRE(gemm->rows_are_independent());
  constexpr std::size_t kRows = 2300;  // one part is longer than what is multiplied at a time
  constexpr std::size_t kM = 13;
  constexpr std::size_t kN = 150;
  const Storage<float> a(kRows, kM, kM + 2, 1);
  const Storage<float> b(kRows, kN, kN + 5, 2);
  // Every row in some part, no part in order, one of them empty.
  std::vector<std::uint32_t> rows(kRows);
  for (std::uint32_t i = 0; i < kRows; ++i) rows[i] = (i * 7 + 3) % kRows;
  const std::vector<std::size_t> begins = {0, 70, 71, 71, kRows};
  const RowParts parts(rows, begins);

  const auto product_of = [&](std::size_t p) {
    const std::size_t count = begins[p + 1] - begins[p];
    std::vector<float> own_a, own_b, c(kM * kN);
    for (std::size_t i = 0; i < count; ++i) {
      own_a.insert(own_a.end(), a.view.row(rows[begins[p] + i]), a.view.row(rows[begins[p] + i]) + kM);
      own_b.insert(own_b.end(), b.view.row(rows[begins[p] + i]), b.view.row(rows[begins[p] + i]) + kN);
    }
    gemm->multiply_at_b(RowParts(count), {own_a.data(), count, kM}, {own_b.data(), count, kN}, {c.data(), kM, kN});
    return c;
  };
  const auto sum = [](std::vector<float> left, const std::vector<float>& right) {
    for (std::size_t i = 0; i < left.size(); ++i) left[i] += right[i];
    return left;
  };
  const std::vector<float> expected = sum(sum(product_of(0), product_of(1)), sum(product_of(2), product_of(3)));
  std::vector<float> all(kM * kN, 3.0F);
  gemm->multiply_at_b(parts, a.view, b.view, {all.data(), kM, kN});
  CHECK(all == expected);

  const auto blocks = gemm->make_block_product();
  std::fill(all.begin(), all.end(), 3.0F);
  blocks->begin(parts, {all.data(), kM, kN});
  for (std::size_t p = 0; p < parts.size(); ++p)
    for (std::size_t i = 0; i < parts[p].size(); ++i)
      blocks->add(a.view.row_block(parts[p][i], 1), b.view.row_block(parts[p][i], 1));
  CHECK(all == expected);
}

TEST_CASE("A part of a long product with many columns has the bits that it has alone", "[numeric]") {
  const auto gemm = make_gemm<float>(GemmEngine::kPanels, Precision::kFloat32);
  constexpr std::size_t kColumns = 30'000;  // so many that a product alone is made in pieces of fewer rows
  const Storage<float> a(1300, 2, 2, 1);
  const Storage<float> b(1300, kColumns, kColumns, 2);
  const auto product = gemm->make_block_product();
  std::vector<float> alone(2 * kColumns), with_nothing(2 * kColumns);
  product->begin(RowParts(1300), {alone.data(), 2, kColumns});
  product->add(a.view, b.view);
  std::vector<std::uint32_t> rows(1300);
  for (std::uint32_t i = 0; i < rows.size(); ++i) rows[i] = i;
  const std::vector<std::size_t> begins = {0, 1300, 1300};
  product->begin(RowParts(rows, begins), {with_nothing.data(), 2, kColumns});
  product->add(a.view, b.view);
  CHECK(with_nothing == alone);
}

TEST_CASE("A product whose rows come in blocks agrees with its definition, however long it is", "[numeric]") {
  for (const Products& here : products_here()) {
    const auto gemm = make_gemm<float>(here.engine, here.precision);
    const auto product = gemm->make_block_product();
    // 600 rows of 30,000 columns are more than an engine keeps at a time.
    for (const auto& [rows, columns] : {std::pair<std::size_t, std::size_t>{600, 30'000}, {5, 9}, {0, 4}}) {
      const Storage<float> a(rows, 3, 3, 1);
      const Storage<float> b(rows, columns, columns, 2);
      std::vector<float> c(3 * columns, 7.0F);
      product->begin(RowParts(rows), {c.data(), 3, columns});
      for (std::size_t begin = 0; begin < rows; begin += 128) {
        const std::size_t count = std::min<std::size_t>(128, rows - begin);
        product->add(a.view.row_block(begin, count), b.view.row_block(begin, count));
      }
      const std::vector<float> zeros(c.size());
      CHECK(worst_error<float>(
                {c.data(), 3, columns}, {const_cast<float*>(zeros.data()), 3, columns}, 0.0F, rows,
                [&](auto r, auto k) { return rounded(static_cast<double>(a.view(k, r)), here.precision); },
                [&](auto k, auto j) { return rounded(static_cast<double>(b.view(k, j)), here.precision); }) < 1e-4);
    }
  }
}

TEST_CASE("A weight that is packed again multiplies with its new values, both ways", "[numeric]") {
  for (const Products& here : products_here()) {
    const auto gemm = make_gemm<float>(here.engine, here.precision);
    Storage<float> weight(40, 70, 70, 1);
    const Storage<float> x(3, 40, 40, 2);
    const Storage<float> y(3, 70, 70, 3);
    const auto packed = gemm->make_weight();
    std::vector<float> forward(210), backward(120);
    const auto multiply = [&] {
      packed->pack(weight.view);
      packed->multiply(x.view, 0, {forward.data(), 3, 70});
      packed->multiply_transposed(y.view, 0, {backward.data(), 3, 40});
    };
    multiply();
    const std::vector<float> forward_once = forward, backward_once = backward;
    for (float& value : weight.values) value *= 2;
    multiply();
    for (std::size_t i = 0; i < forward.size(); ++i) REQUIRE(forward[i] == 2 * forward_once[i]);
    for (std::size_t i = 0; i < backward.size(); ++i) REQUIRE(backward[i] == 2 * backward_once[i]);
  }
}

TEST_CASE("A number that isn't finite stays so in every product", "[numeric]") {
  for (const Products& here : products_here()) {
    const auto gemm = make_gemm<float>(here.engine, here.precision);
    const Storage<float> weight(5, 7, 7, 1);
    Storage<float> x(2, 5, 5, 2);
    for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
      x.values[3] = bad;
      const auto packed = gemm->make_weight();
      packed->pack(weight.view);
      std::vector<float> y(14);
      packed->multiply({x.values.data(), 2, 5}, 0, {y.data(), 2, 7});
      for (std::size_t c = 0; c < 7; ++c) {
        CHECK_FALSE(std::isfinite(y[c]));
        CHECK(std::isfinite(y[7 + c]));
      }
    }
  }
}

TEST_CASE("A product's bits depend on its shape alone, not on where its matrices lie", "[numeric]") {
  constexpr std::size_t kRows = 130;
  constexpr std::size_t kColumns = 200;
  constexpr std::size_t kCount = 33;
  const Storage<float> weight(kRows, kColumns, kColumns, 7);
  const Storage<float> x(kCount, kRows, kRows, 8);
  for (const Products& here : products_here()) {
    const auto gemm = make_gemm<float>(here.engine, here.precision);
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
}

TEST_CASE("Engine and instruction set have names", "[numeric]") {
  CHECK(describe_gemm(GemmEngine::kOpenBlas, Precision::kFloat32).rfind("openblas ", 0) == 0);
  CHECK(describe_gemm(GemmEngine::kPanels, Precision::kFloat32) == "panels " + describe_simd());
  if (resolve_engine(GemmEngine::kAuto, Precision::kBfloat16) == GemmEngine::kOneDnn)
    CHECK(describe_gemm(GemmEngine::kAuto, Precision::kBfloat16).rfind("onednn ", 0) == 0);
  CHECK_FALSE(describe_simd().empty());
}

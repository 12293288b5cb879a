#include "framework/numeric/profiled_gemm.h"

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include "framework/core/clock.h"
#include "framework/core/resources.h"

namespace lockstep {
namespace {

Profile::Sizes sizes_of(std::size_t m, std::size_t k, std::size_t n) {
  return {static_cast<std::uint32_t>(m), static_cast<std::uint32_t>(k), static_cast<std::uint32_t>(n)};
}

template <typename Real>
class ProfiledWeight final : public PackedWeight<Real> {
 public:
  ProfiledWeight(std::unique_ptr<PackedWeight<Real>> weight, Profile& profile)
      : weight_(std::move(weight)), profile_(profile) {}

  void pack(ConstMatrixView<Real> weight) override {
    const Profile::Span span(&profile_, Work::kGemm, kPack, sizes_of(0, weight.rows, weight.columns));
    weight_->pack(weight);
  }

  void multiply(ConstMatrixView<Real> x, Real beta, MatrixView<Real> y) const override {
    const Profile::Span span(&profile_, Work::kGemm, kForwardProduct, sizes_of(x.rows, x.columns, y.columns));
    weight_->multiply(x, beta, y);
  }

  void multiply_transposed(ConstMatrixView<Real> y, Real beta, MatrixView<Real> x) const override {
    const Profile::Span span(&profile_, Work::kGemm, kTransposedProduct, sizes_of(y.rows, y.columns, x.columns));
    weight_->multiply_transposed(y, beta, x);
  }

 private:
  std::unique_ptr<PackedWeight<Real>> weight_;
  Profile& profile_;
};

template <typename Real>
class ProfiledBlockProduct final : public BlockProduct<Real> {
 public:
  ProfiledBlockProduct(std::unique_ptr<BlockProduct<Real>> product, Profile& profile)
      : product_(std::move(product)), profile_(profile) {}

  void begin(const RowParts& parts, MatrixView<Real> c) override {
    rows_ = rows_left_ = parts.rows();
    product_->begin(parts, c);
  }

  void add(ConstMatrixView<Real> a, ConstMatrixView<Real> b) override {
    rows_left_ -= a.rows;
    // It counts as one product, when its last rows have come.
    const Profile::Sizes sizes = rows_left_ > 0 ? Profile::Sizes{} : sizes_of(a.columns, rows_, b.columns);
    const Profile::Span span(&profile_, Work::kGemm, kGradientProduct, sizes);
    product_->add(a, b);
  }

 private:
  std::unique_ptr<BlockProduct<Real>> product_;
  Profile& profile_;
  std::size_t rows_ = 0;
  std::size_t rows_left_ = 0;
};

template <typename Real>
class ProfiledGemm final : public Gemm<Real> {
 public:
  ProfiledGemm(std::unique_ptr<Gemm<Real>> engine, Profile& profile) : engine_(std::move(engine)), profile_(profile) {}

  void multiply_at_b(const RowParts& parts, ConstMatrixView<Real> a, ConstMatrixView<Real> b,
                     MatrixView<Real> c) const override {
    const Profile::Span span(&profile_, Work::kGemm, kGradientProduct, sizes_of(c.rows, parts.rows(), c.columns));
    engine_->multiply_at_b(parts, a, b, c);
  }

  std::unique_ptr<PackedWeight<Real>> make_weight() const override {
    return std::make_unique<ProfiledWeight<Real>>(engine_->make_weight(), profile_);
  }
  std::unique_ptr<BlockProduct<Real>> make_block_product() const override {
    return std::make_unique<ProfiledBlockProduct<Real>>(engine_->make_block_product(), profile_);
  }
  std::size_t full_speed_rows() const override { return engine_->full_speed_rows(); }
  bool rows_are_independent() const override { return engine_->rows_are_independent(); }

 private:
  std::unique_ptr<Gemm<Real>> engine_;
  Profile& profile_;
};

/// Small numbers, all different from zero: an engine may be fast on zeros.
template <typename Real>
std::vector<Real> some_values(std::size_t count) {
  std::vector<Real> values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = static_cast<Real>(0.01) * static_cast<Real>(1 + i % 13);
  return values;
}

template <typename Run>
double fastest(double seconds, const Run& run) {
  constexpr int kLeast = 3;
  double best = std::numeric_limits<double>::infinity();
  const Stopwatch total;
  for (int repetition = 0; repetition < kLeast || total.seconds() < seconds; ++repetition) {
    best = std::min(best, undisturbed_seconds(run));
  }
  return best;
}

}  // namespace

template <typename Real>
std::unique_ptr<Gemm<Real>> profiled_gemm(std::unique_ptr<Gemm<Real>> engine, Profile& profile) {
  return std::make_unique<ProfiledGemm<Real>>(std::move(engine), profile);
}

template <typename Real>
double fastest_product(const Gemm<Real>& engine, std::string_view name, const Profile::Sizes& sizes, double seconds) {
  // Names of their own: clang 14 lets no lambda look at structured bindings.
  const std::size_t m = sizes[0];
  const std::size_t k = sizes[1];
  const std::size_t n = sizes[2];
  // Of x Wᵀ the weight is [n][k] as it lies.
  const bool transposed = name == kTransposedProduct;
  const std::vector<Real> b = some_values<Real>(std::size_t{k} * n);
  const ConstMatrixView<Real> weight = {b.data(), transposed ? n : k, transposed ? k : n};
  const std::unique_ptr<PackedWeight<Real>> packed = engine.make_weight();
  if (name == kPack) return fastest(seconds, [&] { packed->pack(weight); });
  const std::vector<Real> a = some_values<Real>(std::size_t{m} * k);
  std::vector<Real> c(std::size_t{m} * n);
  const MatrixView<Real> result = {c.data(), m, n};
  if (name == kGradientProduct) {
    return fastest(seconds, [&] { engine.multiply_at_b(RowParts(k), {a.data(), k, m}, {b.data(), k, n}, result); });
  }
  packed->pack(weight);
  const ConstMatrixView<Real> left = {a.data(), m, k};
  if (transposed) return fastest(seconds, [&] { packed->multiply_transposed(left, Real{0}, result); });
  return fastest(seconds, [&] { packed->multiply(left, Real{0}, result); });
}

template std::unique_ptr<Gemm<float>> profiled_gemm(std::unique_ptr<Gemm<float>>, Profile&);
template std::unique_ptr<Gemm<double>> profiled_gemm(std::unique_ptr<Gemm<double>>, Profile&);
template double fastest_product(const Gemm<float>&, std::string_view, const Profile::Sizes&, double);
template double fastest_product(const Gemm<double>&, std::string_view, const Profile::Sizes&, double);

}  // namespace lockstep

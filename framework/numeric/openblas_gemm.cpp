#include "framework/numeric/openblas_gemm.h"

#include <cblas.h>
#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cctype>
#include <stdexcept>

#include "framework/numeric/elementwise.h"

namespace lockstep {

namespace {

int size_of(std::size_t n) {
  return static_cast<int>(n);
}

/// c = op(a) op(b) + beta c, all row-major.
void blas_gemm(CBLAS_TRANSPOSE transpose_a, CBLAS_TRANSPOSE transpose_b, std::size_t k, ConstMatrixView<float> a,
               ConstMatrixView<float> b, float beta, MatrixView<float> c) {
  if (c.rows == 0 || c.columns == 0) return;
  cblas_sgemm(CblasRowMajor, transpose_a, transpose_b, size_of(c.rows), size_of(c.columns), size_of(k), 1.0F, a.data,
              size_of(a.stride), b.data, size_of(b.stride), beta, c.data, size_of(c.stride));
}

void blas_gemm(CBLAS_TRANSPOSE transpose_a, CBLAS_TRANSPOSE transpose_b, std::size_t k, ConstMatrixView<double> a,
               ConstMatrixView<double> b, double beta, MatrixView<double> c) {
  if (c.rows == 0 || c.columns == 0) return;
  cblas_dgemm(CblasRowMajor, transpose_a, transpose_b, size_of(c.rows), size_of(c.columns), size_of(k), 1.0, a.data,
              size_of(a.stride), b.data, size_of(b.stride), beta, c.data, size_of(c.stride));
}

void require_one(const RowParts& parts) {
  if (parts.size() > 1) throw std::logic_error("OpenBLAS has no products of several shards");
}

/// OpenBLAS packs by itself within each call, so the weight is only remembered.
template <typename Real>
class OpenBlasWeight final : public PackedWeight<Real> {
 public:
  void pack(ConstMatrixView<Real> weight) override { weight_ = weight; }

  void multiply(ConstMatrixView<Real> x, Real beta, MatrixView<Real> y) const override {
    assert(x.columns == weight_.rows && y.columns == weight_.columns && x.rows == y.rows);
    blas_gemm(CblasNoTrans, CblasNoTrans, weight_.rows, x, weight_, beta, y);
  }

  void multiply_transposed(ConstMatrixView<Real> y, Real beta, MatrixView<Real> x) const override {
    assert(x.columns == weight_.rows && y.columns == weight_.columns && x.rows == y.rows);
    blas_gemm(CblasNoTrans, CblasTrans, weight_.columns, y, weight_, beta, x);
  }

 private:
  ConstMatrixView<Real> weight_;
};

template <typename Real>
class OpenBlasBlockProduct final : public BlockProduct<Real> {
 public:
  void begin(const RowParts& parts, MatrixView<Real> c) override {
    require_one(parts);
    if (parts.rows() == 0) fill_zero(c);
    c_ = c;
    first_ = true;
  }
  void add(ConstMatrixView<Real> a, ConstMatrixView<Real> b) override {
    blas_gemm(CblasTrans, CblasNoTrans, a.rows, a, b, first_ ? Real{0} : Real{1}, c_);
    first_ = false;
  }

 private:
  MatrixView<Real> c_;
  bool first_ = true;
};

template <typename Real>
class OpenBlasGemm final : public Gemm<Real> {
 public:
  OpenBlasGemm() { openblas_set_num_threads(1); }

  void multiply_at_b(const RowParts& parts, ConstMatrixView<Real> a, ConstMatrixView<Real> b,
                     MatrixView<Real> c) const override {
    assert(a.rows == b.rows && c.rows == a.columns && c.columns == b.columns);
    require_one(parts);
    blas_gemm(CblasTrans, CblasNoTrans, a.rows, a, b, Real{0}, c);
  }

  std::unique_ptr<PackedWeight<Real>> make_weight() const override { return std::make_unique<OpenBlasWeight<Real>>(); }
  std::unique_ptr<BlockProduct<Real>> make_block_product() const override {
    return std::make_unique<OpenBlasBlockProduct<Real>>();
  }
  // It packs the weight within each call, which is little beside so many rows.
  std::size_t full_speed_rows() const override { return 256; }
  bool rows_are_independent() const override { return false; }
};

}  // namespace

template <typename Real>
std::unique_ptr<Gemm<Real>> make_openblas_gemm() {
  return std::make_unique<OpenBlasGemm<Real>>();
}

template std::unique_ptr<Gemm<float>> make_openblas_gemm();
template std::unique_ptr<Gemm<double>> make_openblas_gemm();

std::string openblas_version() {
  // "OpenBLAS 0.3.21 DYNAMIC_ARCH …": name and version are its first two words.
  const std::string configuration = openblas_get_config();
  const std::size_t begin = configuration.find(' ') + 1;
  return configuration.substr(begin, configuration.find(' ', begin) - begin);
}

std::string describe_openblas() {
  std::string description = fmt::format("openblas {} {}", openblas_version(), openblas_get_corename());
  std::transform(description.begin(), description.end(), description.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return description;
}

int openblas_threads() {
  return openblas_get_num_threads();
}

}  // namespace lockstep

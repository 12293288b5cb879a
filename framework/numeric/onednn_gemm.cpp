#include "framework/numeric/onednn_gemm.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <map>
#include <utility>

#include "framework/core/errors.h"
#include "framework/numeric/elementwise.h"
#include "framework/numeric/onednn_matmul.h"

namespace lockstep {
namespace {

/// What the weights of one engine share; products overwrite each other's copies.
struct Workshop {
  OneDnnMatmul matmul;
  HugeBuffer<std::byte> left;   ///< x without gaps or in bfloat16, or aᵀ
  HugeBuffer<std::byte> right;  ///< panels of b
  /// What stands for panels in `right`, by their rows and columns: making one takes memory.
  std::map<std::pair<std::size_t, std::size_t>, dnnl::memory> right_weights;
  HugeBuffer<float> result;  ///< y without gaps
};

template <typename Stored>
constexpr bool kIsBfloat16 = std::is_same_v<Stored, Bfloat16>;

template <typename Stored>
constexpr std::size_t kPanelRows = kIsBfloat16<Stored> ? kPanelRowsBfloat16 : kPanelRowsFloat;

/// Elements of the panels of a [rows][columns] matrix.
template <typename Stored>
std::size_t panels_size(std::size_t rows, std::size_t columns) {
  return round_up(rows, kPanelRows<Stored>) * round_up(columns, kPanelColumns);
}

template <typename Stored>
Stored* buffer_of(HugeBuffer<std::byte>& buffer, std::size_t count) {
  buffer.reserve(count * sizeof(Stored));
  return reinterpret_cast<Stored*>(buffer.data());
}

/// Room for the panels of b [rows][columns].
template <typename Stored>
Stored* right_panels(Workshop& workshop, std::size_t rows, std::size_t columns) {
  const std::byte* const before = workshop.right.data();
  Stored* const panels = buffer_of<Stored>(workshop.right, panels_size<Stored>(rows, columns));
  if (workshop.right.data() != before) workshop.right_weights.clear();
  return panels;
}

template <typename Stored>
const dnnl::memory& right_weight(Workshop& workshop, std::size_t k, std::size_t columns) {
  dnnl::memory& weight = workshop.right_weights[{k, columns}];
  if (!weight) weight = workshop.matmul.weight(k, columns, kIsBfloat16<Stored>, workshop.right.data());
  return weight;
}

/// Rows that one product takes of `rows` that are left: few different numbers, as each needs a primitive of its own,
/// and never a short rest, which would cost as much as a long one.
std::size_t next_rows(std::size_t rows) {
  for (const std::size_t block : {256U, 128U, 64U}) {
    if (rows >= block + 32U || rows == block) return block;
  }
  return rows;
}

/// y [m][n] = x [m][k] W (+ y), both without gaps between rows: oneDNN has fast kernels for no other.
template <typename Stored>
void multiply_rows(Workshop& workshop, const Stored* x, std::size_t k, const dnnl::memory& weight, bool accumulate,
                   MatrixView<float> y) {
  for (std::size_t row = 0; row < y.rows;) {
    const std::size_t m = next_rows(y.rows - row);
    workshop.matmul.run({m, k, y.columns, kIsBfloat16<Stored>, accumulate}, x + row * k, weight, y.row(row));
    row += m;
  }
}

/// The same for any y.
template <typename Stored>
void multiply_into(Workshop& workshop, const Stored* x, std::size_t k, const dnnl::memory& weight, bool accumulate,
                   MatrixView<float> y) {
  if (y.contiguous()) return multiply_rows(workshop, x, k, weight, accumulate, y);
  workshop.result.reserve(y.size());
  const MatrixView<float> result(workshop.result.data(), y.rows, y.columns);
  multiply_rows(workshop, x, k, weight, false, result);
  if (accumulate)
    add_to(AddTo<float>{result, y});
  else
    copy_rows<float>(result, y);
}

std::string name_of(dnnl_cpu_isa_t isa) {
  switch (isa) {
    case dnnl_cpu_isa_avx512_core:
      return "avx512_core";
    case dnnl_cpu_isa_avx512_core_vnni:
      return "avx512_core_vnni";
    case dnnl_cpu_isa_avx512_core_bf16:
      return "avx512_core_bf16";
    case dnnl_cpu_isa_avx512_core_amx:
      return "avx512_core_amx";
    default:
      return fmt::format("isa {:#x}", static_cast<unsigned>(isa));
  }
}

template <typename Stored>
class OneDnnWeight final : public PackedWeight<float> {
 public:
  explicit OneDnnWeight(std::shared_ptr<Workshop> workshop) : workshop_(std::move(workshop)) {}

  void pack(ConstMatrixView<float> weight) override {
    if (weight.rows != rows_ || weight.columns != columns_) make_room(weight.rows, weight.columns);
    pack_panels(weight, 0, round_up(rows_, kPanelRows<Stored>), forward_.data());
    clear_panel_rows(columns_, round_up(rows_, kIsBfloat16<Stored> ? 2 : 1), round_up(rows_, kPanelRows<Stored>),
                     forward_.data());
    transposed_is_packed_ = false;
    weight_ = weight;
  }

  void multiply(ConstMatrixView<float> x, float beta, MatrixView<float> y) const override {
    assert(x.columns == rows_ && y.columns == columns_ && x.rows == y.rows);
    product(x, forward_weight_, beta, y);
  }

  void multiply_transposed(ConstMatrixView<float> y, float beta, MatrixView<float> x) const override {
    assert(x.columns == rows_ && y.columns == columns_ && x.rows == y.rows);
    // Decoding never asks for it.
    if (!transposed_is_packed_) {
      const std::size_t padded = round_up(columns_, kPanelRows<Stored>);
      if (transposed_.size() == 0) {
        transposed_.reserve(panels_size<Stored>(columns_, rows_));
        transposed_weight_ =
            workshop_->matmul.weight(padded_rows(columns_), rows_, kIsBfloat16<Stored>, transposed_.data());
      }
      pack_transposed_panels(weight_, padded, transposed_.data());
      transposed_is_packed_ = true;
    }
    product(y, transposed_weight_, beta, x);
  }

 private:
  /// Rows of the product: bfloat16 copies are filled up with zeros, floats are taken where they lie.
  static std::size_t padded_rows(std::size_t rows) {
    return kIsBfloat16<Stored> ? round_up(rows, kPanelRowsBfloat16) : rows;
  }

  void make_room(std::size_t rows, std::size_t columns) {
    rows_ = rows;
    columns_ = columns;
    forward_ = HugeBuffer<Stored>(panels_size<Stored>(rows, columns));
    transposed_ = HugeBuffer<Stored>();
    forward_weight_ = workshop_->matmul.weight(padded_rows(rows), columns, kIsBfloat16<Stored>, forward_.data());
  }

  void product(ConstMatrixView<float> x, const dnnl::memory& weight, float beta, MatrixView<float> y) const {
    if constexpr (kIsBfloat16<Stored>) {
      const std::size_t k = padded_rows(x.columns);
      Bfloat16* const copy = buffer_of<Bfloat16>(workshop_->left, x.rows * k);
      convert_rows(x, k, copy);
      multiply_into(*workshop_, copy, k, weight, beta != 0, y);
    } else if (x.contiguous()) {
      multiply_into(*workshop_, x.data, x.columns, weight, beta != 0, y);
    } else {
      float* const copy = buffer_of<float>(workshop_->left, x.size());
      copy_rows<float>(x, {copy, x.rows, x.columns});
      multiply_into(*workshop_, copy, x.columns, weight, beta != 0, y);
    }
  }

  std::shared_ptr<Workshop> workshop_;
  ConstMatrixView<float> weight_;
  std::size_t rows_ = 0;
  std::size_t columns_ = 0;
  HugeBuffer<Stored> forward_;
  dnnl::memory forward_weight_;
  mutable HugeBuffer<Stored> transposed_;
  mutable dnnl::memory transposed_weight_;
  mutable bool transposed_is_packed_ = false;
};

template <typename Stored>
class OneDnnGemm final : public Gemm<float> {
 public:
  OneDnnGemm() : workshop_(std::make_shared<Workshop>()) {
    if (!workshop_->matmul.is_fast(kIsBfloat16<Stored>))
      throw ConfigError(
          fmt::format("compute.gemm is onednn with compute.precision {}, for which this processor lacks "
                      "AVX-512; take openblas and float32",
                      kIsBfloat16<Stored> ? "bfloat16" : "float32"));
  }

  void multiply_at_b(ConstMatrixView<float> a, ConstMatrixView<float> b, float beta,
                     MatrixView<float> c) const override {
    assert(a.rows == b.rows && c.rows == a.columns && c.columns == b.columns);
    if (c.rows == 0 || c.columns == 0) return;
    // Filled up with zeros, so that few different lengths are met.
    const std::size_t k = round_up(std::max<std::size_t>(a.rows, 1), kPanelRows<Stored>);
    constexpr std::size_t kPair = kIsBfloat16<Stored> ? 2 : 1;
    const std::size_t used = round_up(a.rows, kPair);
    Stored* const left = buffer_of<Stored>(workshop_->left, a.columns * k);
    transpose(a, 0, k, left);
    for (std::size_t r = 0; r < a.columns; ++r) std::fill(left + r * k + used, left + (r + 1) * k, Stored{0});
    Stored* const right = right_panels<Stored>(*workshop_, k, b.columns);
    pack_panels(b, 0, k, right);
    clear_panel_rows(b.columns, used, k, right);
    multiply_into(*workshop_, left, k, right_weight<Stored>(*workshop_, k, b.columns), beta != 0, c);
  }

  std::unique_ptr<PackedWeight<float>> make_weight() const override {
    return std::make_unique<OneDnnWeight<Stored>>(workshop_);
  }

 private:
  std::shared_ptr<Workshop> workshop_;
};

}  // namespace

std::unique_ptr<Gemm<float>> make_onednn_gemm(Precision precision) {
  if (precision == Precision::kBfloat16) return std::make_unique<OneDnnGemm<Bfloat16>>();
  return std::make_unique<OneDnnGemm<float>>();
}

bool onednn_multiplies(Precision precision) {
  return OneDnnMatmul().is_fast(precision == Precision::kBfloat16);
}

std::string describe_onednn() {
  const dnnl_version_t* const version = dnnl_version();
  return fmt::format("onednn {}.{}.{} {}", version->major, version->minor, version->patch,
                     name_of(dnnl_get_effective_cpu_isa()));
}

}  // namespace lockstep

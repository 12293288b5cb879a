#include "framework/numeric/onednn_gemm.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <map>
#include <optional>
#include <utility>

#include "framework/core/errors.h"
#include "framework/numeric/elementwise.h"
#include "framework/numeric/onednn_matmul.h"

namespace lockstep {
namespace {

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

/// Panels of one right side after the other.
class RightSide {
 public:
  template <typename Stored>
  Stored* panels(std::size_t rows, std::size_t columns) {
    const std::byte* const before = memory_.data();
    Stored* const panels = buffer_of<Stored>(memory_, panels_size<Stored>(rows, columns));
    if (memory_.data() != before) weights_.clear();
    return panels;
  }

  /// What stands for the panels in a product; kept, as making one takes memory.
  template <typename Stored>
  const dnnl::memory& weight(const OneDnnMatmul& matmul, std::size_t rows, std::size_t columns) {
    dnnl::memory& weight = weights_[{rows, columns}];
    if (!weight) weight = matmul.weight(rows, columns, kIsBfloat16<Stored>, memory_.data());
    return weight;
  }

 private:
  HugeBuffer<std::byte> memory_;
  std::map<std::pair<std::size_t, std::size_t>, dnnl::memory> weights_;
};

/// What the weights of one engine share; products overwrite each other's copies.
struct Workshop {
  OneDnnMatmul matmul;
  HugeBuffer<std::byte> left;  ///< x without gaps or in bfloat16, or aᵀ
  RightSide right;             ///< b
  HugeBuffer<float> result;    ///< y without gaps
};

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

/// aᵀ and the panels of b, as they are filled row by row.
template <typename Stored>
class Factors {
 public:
  /// For a [rows][m] and b [rows][n], in buffers that last longer.
  Factors(HugeBuffer<std::byte>& left, RightSide& right, std::size_t rows, std::size_t m, std::size_t n)
      : m_(m),
        n_(n),
        // Filled up with zeros, so that few different lengths are met.
        padded_(round_up(std::max<std::size_t>(rows, 1), kPanelRows<Stored>)),
        right_side_(right),
        left_(buffer_of<Stored>(left, m * padded_)),
        right_(right.panels<Stored>(padded_, n)) {}

  /// The next rows of both. In bfloat16 the number of rows so far is even.
  void add(ConstMatrixView<float> a, ConstMatrixView<float> b) {
    transpose(a, filled_, padded_, left_);
    pack_panels(b, filled_, padded_, right_);
    filled_ += round_up(a.rows, kIsBfloat16<Stored> ? 2 : 1);
  }

  /// c = aᵀ b (+ c).
  void multiply(Workshop& workshop, bool accumulate, MatrixView<float> c) {
    for (std::size_t r = 0; r < m_; ++r) std::fill(left_ + r * padded_ + filled_, left_ + (r + 1) * padded_, Stored{0});
    clear_panel_rows(n_, filled_, padded_, right_);
    multiply_into(workshop, left_, padded_, right_side_.weight<Stored>(workshop.matmul, padded_, n_), accumulate, c);
  }

 private:
  std::size_t m_;
  std::size_t n_;
  std::size_t padded_;
  RightSide& right_side_;
  Stored* left_;
  Stored* right_;
  std::size_t filled_ = 0;
};

/// Keeps the blocks as they are multiplied in the end, at once or in a few parts.
template <typename Stored>
class OneDnnBlockProduct final : public BlockProduct<float> {
 public:
  explicit OneDnnBlockProduct(std::shared_ptr<Workshop> workshop) : workshop_(std::move(workshop)) {}

  void begin(std::size_t rows, MatrixView<float> c) override {
    if (rows == 0) fill_zero(c);
    c_ = c;
    rows_left_ = rows;
    first_ = true;
    start_part();
  }

  void add(ConstMatrixView<float> a, ConstMatrixView<float> b) override {
    assert(a.rows == b.rows && a.rows <= rows_left_ && a.columns == c_.rows && b.columns == c_.columns);
    for (std::size_t begin = 0; begin < a.rows;) {
      const std::size_t count = std::min(a.rows - begin, part_left_);
      factors_->add(a.row_block(begin, count), b.row_block(begin, count));
      begin += count;
      part_left_ -= count;
      rows_left_ -= count;
      if (part_left_ > 0) continue;
      factors_->multiply(*workshop_, !first_, c_);
      first_ = false;
      start_part();
    }
  }

 private:
  /// What b may take at a time: 64 MB in float32.
  static constexpr std::size_t kMostElements = std::size_t{1} << 24;

  void start_part() {
    const std::size_t most = std::max<std::size_t>(kMostElements / std::max<std::size_t>(c_.columns, 1) / 64, 1) * 64;
    part_left_ = std::min(rows_left_, most);
    factors_.emplace(left_, right_, part_left_, c_.rows, c_.columns);
  }

  std::shared_ptr<Workshop> workshop_;
  HugeBuffer<std::byte> left_;
  RightSide right_;
  std::optional<Factors<Stored>> factors_;
  MatrixView<float> c_;
  std::size_t rows_left_ = 0;
  std::size_t part_left_ = 0;
  bool first_ = true;
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
    Factors<Stored> factors(workshop_->left, workshop_->right, a.rows, c.rows, c.columns);
    factors.add(a, b);
    factors.multiply(*workshop_, beta != 0, c);
  }

  std::unique_ptr<PackedWeight<float>> make_weight() const override {
    return std::make_unique<OneDnnWeight<Stored>>(workshop_);
  }
  std::unique_ptr<BlockProduct<float>> make_block_product() const override {
    return std::make_unique<OneDnnBlockProduct<Stored>>(workshop_);
  }
  std::size_t full_speed_rows() const override { return 64; }

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

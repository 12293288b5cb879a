#pragma once

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <memory>
#include <optional>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include "framework/core/huge_pages.h"
#include "framework/numeric/elementwise.h"
#include "framework/numeric/gemm.h"
#include "framework/numeric/panel_packing.h"
#include "framework/numeric/panel_product.h"

namespace lockstep {

// Products of weights that are packed in panels once an update, for any way to multiply by panels. A Multiplier has
//   using Stored            what panels hold: float or Bfloat16;
//   kTakesGaps              whether x and y may have gaps between rows;
//   multiply(x, m, k, x_stride, panels, panel_rows, accumulate, y)
//                           y [m][n] = x [m][k] W (+ y), W in panels of panel_rows ≥ k rows; in bfloat16 k is whole
//                           panel rows, filled up with zeros on both sides;
//   kRowsAreIndependent     whether a row of y has the same bits whatever other rows there are; then also
//   multiply_parts(x, panels, panel_rows, begins, block, y)
//                           as panel_tree_product().

template <typename Stored>
inline constexpr bool kIsBfloat16 = std::is_same_v<Stored, Bfloat16>;

template <typename Stored>
inline constexpr std::size_t kPanelRows = kIsBfloat16<Stored> ? kPanelRowsBfloat16 : kPanelRowsFloat;

/// Elements of the panels of a [rows][columns] matrix.
template <typename Stored>
std::size_t panels_size(std::size_t rows, std::size_t columns) {
  return round_up(rows, kPanelRows<Stored>) * round_up(columns, kPanelColumns);
}

/// What the weights of one engine share; products overwrite each other's copies.
template <typename Multiplier>
struct Workshop {
  using Stored = typename Multiplier::Stored;
  Multiplier multiplier;
  HugeBuffer<Stored> left;   ///< x without gaps or in bfloat16, or aᵀ
  HugeBuffer<Stored> right;  ///< panels of b
  HugeBuffer<float> result;  ///< y without gaps

  /// y = x W (+ y), x [m][k] without gaps or with those that the multiplier takes.
  void multiply(const Stored* x, std::size_t k, std::size_t x_stride, const Stored* panels, std::size_t panel_rows,
                bool accumulate, MatrixView<float> y) {
    if (Multiplier::kTakesGaps || y.contiguous()) {
      multiplier.multiply(x, y.rows, k, x_stride, panels, panel_rows, accumulate, y);
      return;
    }
    result.reserve(y.size());
    const MatrixView<float> whole(result.data(), y.rows, y.columns);
    multiplier.multiply(x, y.rows, k, x_stride, panels, panel_rows, false, whole);
    if (accumulate)
      add_to(AddTo<float>{whole, y});
    else
      copy_rows<float>(whole, y);
  }

  /// The same for x as layers have it.
  void multiply(ConstMatrixView<float> x, const Stored* panels, std::size_t panel_rows, bool accumulate,
                MatrixView<float> y) {
    if constexpr (kIsBfloat16<Stored>) {
      left.reserve(x.rows * panel_rows);
      convert_rows(x, panel_rows, left.data());
      multiply(left.data(), panel_rows, panel_rows, panels, panel_rows, accumulate, y);
    } else if (Multiplier::kTakesGaps || x.contiguous()) {
      multiply(x.data, x.columns, x.stride, panels, panel_rows, accumulate, y);
    } else {
      left.reserve(x.size());
      copy_rows<float>(x, {left.data(), x.rows, x.columns});
      multiply(left.data(), x.columns, x.columns, panels, panel_rows, accumulate, y);
    }
  }
};

/// Keeps the panels of W and Wᵀ. Where all products with the one come before all with the other, as in a pass forward
/// and a pass back, they take turns in one buffer; a weight that is needed both ways by turns gets a second one.
template <typename Multiplier>
class PanelWeight final : public PackedWeight<float> {
  using Stored = typename Multiplier::Stored;

 public:
  explicit PanelWeight(std::shared_ptr<Workshop<Multiplier>> workshop) : workshop_(std::move(workshop)) {}

  void pack(ConstMatrixView<float> weight) override {
    weight_ = weight;
    forward_.packed = transposed_.packed = false;
    pack_forward();
  }

  void multiply(ConstMatrixView<float> x, float beta, MatrixView<float> y) const override {
    assert(x.columns == weight_.rows && y.columns == weight_.columns && x.rows == y.rows);
    if (!forward_.packed) pack_forward();
    workshop_->multiply(x, forward_.buffer.data(), round_up(weight_.rows, kPanelRows<Stored>), beta != 0, y);
  }

  void multiply_transposed(ConstMatrixView<float> y, float beta, MatrixView<float> x) const override {
    assert(x.columns == weight_.rows && y.columns == weight_.columns && x.rows == y.rows);
    // Decoding never asks for it.
    if (!transposed_.packed) pack_transposed();
    workshop_->multiply(y, transposed_.buffer.data(), round_up(weight_.columns, kPanelRows<Stored>), beta != 0, x);
  }

 private:
  struct Panels {
    HugeBuffer<Stored> buffer;
    bool packed = false;
  };

  void pack_forward() const {
    // Overwritten by the transposed and needed again with the same values.
    if (transposed_.packed) by_turns_ = true;
    if (!by_turns_) take_over(transposed_, forward_);
    const std::size_t padded = round_up(weight_.rows, kPanelRows<Stored>);
    forward_.buffer.reserve(panels_size<Stored>(weight_.rows, weight_.columns));
    pack_panels(weight_, {0, weight_.rows}, 0, padded, forward_.buffer.data());
    clear_panel_rows(weight_.columns, round_up(weight_.rows, kIsBfloat16<Stored> ? 2 : 1), padded,
                     forward_.buffer.data());
    forward_.packed = true;
  }

  void pack_transposed() const {
    if (!by_turns_) take_over(forward_, transposed_);
    const std::size_t padded = round_up(weight_.columns, kPanelRows<Stored>);
    transposed_.buffer.reserve(panels_size<Stored>(weight_.columns, weight_.rows));
    pack_transposed_panels(weight_, padded, transposed_.buffer.data());
    transposed_.packed = true;
  }

  static void take_over(Panels& from, Panels& to) {
    if (from.buffer.size() == 0) return;
    std::swap(from.buffer, to.buffer);
    from.packed = false;
  }

  std::shared_ptr<Workshop<Multiplier>> workshop_;
  ConstMatrixView<float> weight_;
  mutable Panels forward_;
  mutable Panels transposed_;
  mutable bool by_turns_ = false;
};

/// aᵀ and the panels of b, as they are filled row by row.
template <typename Multiplier>
class Factors {
  using Stored = typename Multiplier::Stored;

 public:
  /// For a [rows][m] and b [rows][n], in buffers that last longer.
  Factors(HugeBuffer<Stored>& left, HugeBuffer<Stored>& right, std::size_t rows, std::size_t m, std::size_t n)
      : m_(m),
        n_(n),
        // Filled up with zeros, so that few different lengths are met.
        padded_(round_up(std::max<std::size_t>(rows, 1), kPanelRows<Stored>)) {
    left.reserve(m * padded_);
    right.reserve(panels_size<Stored>(padded_, n));
    left_ = left.data();
    right_ = right.data();
  }

  /// The next rows of both. In bfloat16 the number of rows so far is even.
  void add(const RowSelection& rows, ConstMatrixView<float> a, ConstMatrixView<float> b) {
    transpose(a, rows, filled_, padded_, left_);
    pack_panels(b, rows, filled_, padded_, right_);
    filled_ += round_up(rows.size(), kIsBfloat16<Stored> ? 2 : 1);
  }

  /// c = aᵀ b (+ c).
  void multiply(Workshop<Multiplier>& workshop, bool accumulate, MatrixView<float> c) {
    if constexpr (Multiplier::kRowsAreIndependent) {
      // Not even zeros behind the last row, as a part among others has none.
      if (filled_ == 0 && !accumulate) fill_zero(c);
      workshop.multiply(left_, filled_, padded_, right_, padded_, accumulate, c);
      return;
    }
    for (std::size_t r = 0; r < m_; ++r) std::fill(left_ + r * padded_ + filled_, left_ + (r + 1) * padded_, Stored{0});
    clear_panel_rows(n_, filled_, padded_, right_);
    workshop.multiply(left_, padded_, padded_, right_, padded_, accumulate, c);
  }

  /// c = aᵀ b, summed part by part: part p's rows are [begins[p], begins[p + 1]).
  void multiply_parts(Workshop<Multiplier>& workshop, std::span<const std::size_t> begins, std::size_t block,
                      MatrixView<float> c) {
    if constexpr (Multiplier::kRowsAreIndependent)
      workshop.multiplier.multiply_parts({left_, m_, filled_, padded_}, right_, padded_, begins, block, c);
    else
      throw std::logic_error("this engine has no products of several shards");
  }

 private:
  std::size_t m_;
  std::size_t n_;
  std::size_t padded_;
  Stored* left_;
  Stored* right_;
  std::size_t filled_ = 0;
};

/// Keeps the blocks as they are multiplied in the end: one part at once or in a few pieces, several parts at once.
template <typename Multiplier>
class PanelBlockProduct final : public BlockProduct<float> {
  using Stored = typename Multiplier::Stored;

 public:
  explicit PanelBlockProduct(std::shared_ptr<Workshop<Multiplier>> workshop) : workshop_(std::move(workshop)) {}

  void begin(const RowParts& parts, MatrixView<float> c) override {
    c_ = c;
    parts_ = parts;
    rows_left_ = parts.rows();
    if (rows_left_ == 0) fill_zero(c);
    first_ = true;
    start_piece();
  }

  void add(ConstMatrixView<float> a, ConstMatrixView<float> b) override {
    assert(a.rows == b.rows && a.rows <= rows_left_ && a.columns == c_.rows && b.columns == c_.columns);
    for (std::size_t begin = 0; begin < a.rows;) {
      const std::size_t count = std::min(a.rows - begin, piece_left_);
      factors_->add({begin, count}, a, b);
      begin += count;
      piece_left_ -= count;
      rows_left_ -= count;
      if (piece_left_ == 0) finish_piece();
    }
  }

 private:
  /// What b may take at a time with one part: 32 MB.
  static constexpr std::size_t kMostElements = (std::size_t{1} << 25) / sizeof(Stored);

  /// Rows of one part that are summed before the next ones are begun.
  [[nodiscard]] std::size_t most_rows() const {
    const std::size_t most = std::max<std::size_t>(kMostElements / std::max<std::size_t>(c_.columns, 1) / 64, 1) * 64;
    return most > kPanelBlockRows ? most / kPanelBlockRows * kPanelBlockRows : most;
  }

  void start_piece() {
    piece_left_ = parts_.size() > 1 ? rows_left_ : std::min(rows_left_, most_rows());
    factors_.emplace(left_, right_, piece_left_, c_.rows, c_.columns);
  }

  void finish_piece() {
    if (parts_.size() > 1)
      factors_->multiply_parts(*workshop_, parts_.begins(), std::min(most_rows(), kPanelBlockRows), c_);
    else
      factors_->multiply(*workshop_, !first_, c_);
    first_ = false;
    start_piece();
  }

  std::shared_ptr<Workshop<Multiplier>> workshop_;
  HugeBuffer<Stored> left_;
  HugeBuffer<Stored> right_;
  std::optional<Factors<Multiplier>> factors_;
  RowParts parts_{0};  ///< what it shows stays until the last row
  MatrixView<float> c_;
  std::size_t rows_left_ = 0;
  std::size_t piece_left_ = 0;
  bool first_ = true;
};

template <typename Multiplier>
class PackedGemm final : public Gemm<float> {
 public:
  PackedGemm() : workshop_(std::make_shared<Workshop<Multiplier>>()) {}

  void multiply_at_b(const RowParts& parts, ConstMatrixView<float> a, ConstMatrixView<float> b,
                     MatrixView<float> c) const override {
    assert(a.rows == b.rows && c.rows == a.columns && c.columns == b.columns);
    if (c.rows == 0 || c.columns == 0) return;
    Factors<Multiplier> factors(workshop_->left, workshop_->right, parts.rows(), c.rows, c.columns);
    for (std::size_t p = 0; p < parts.size(); ++p) factors.add(parts[p], a, b);
    if (parts.size() > 1)
      factors.multiply_parts(*workshop_, parts.begins(), kPanelBlockRows, c);
    else
      factors.multiply(*workshop_, false, c);
  }

  std::unique_ptr<PackedWeight<float>> make_weight() const override {
    return std::make_unique<PanelWeight<Multiplier>>(workshop_);
  }
  std::unique_ptr<BlockProduct<float>> make_block_product() const override {
    return std::make_unique<PanelBlockProduct<Multiplier>>(workshop_);
  }
  std::size_t full_speed_rows() const override { return 64; }
  bool rows_are_independent() const override { return Multiplier::kRowsAreIndependent; }

 private:
  std::shared_ptr<Workshop<Multiplier>> workshop_;
};

}  // namespace lockstep

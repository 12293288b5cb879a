#pragma once

#include <memory>
#include <string>
#include <vector>

#include "framework/core/configuration.h"
#include "framework/numeric/matrix.h"
#include "framework/numeric/row_parts.h"

namespace lockstep {

/// A weight W [rows][columns] made ready for many products with small left sides: packed once an update, used at every
/// time step, as it is in the forward pass and transposed in the backward pass.
template <typename Real>
class PackedWeight {
 public:
  virtual ~PackedWeight() = default;

  /// Takes W as it is now. An engine may copy it or keep the view, so W must stay where it is and be packed again when
  /// its values change.
  virtual void pack(ConstMatrixView<Real> weight) = 0;

  /// y = x W + beta y, with x [n][rows], y [n][columns]; beta is 0 or 1.
  virtual void multiply(ConstMatrixView<Real> x, Real beta, MatrixView<Real> y) const = 0;

  /// x = y Wᵀ + beta x, with y [n][columns], x [n][rows]; beta is 0 or 1.
  virtual void multiply_transposed(ConstMatrixView<Real> y, Real beta, MatrixView<Real> x) const = 0;
};

/// c = aᵀ b whose rows come in blocks, for the gradient of a weight whose output is never there as a whole.
template <typename Real>
class BlockProduct {
 public:
  virtual ~BlockProduct() = default;

  /// Begins a product of a [rows][m] and b [rows][n]; c [m][n] is overwritten. Rows come in the order of `parts`, part
  /// after part; what it shows must stay until the last.
  virtual void begin(const RowParts& parts, MatrixView<Real> c) = 0;
  /// The next rows of both; blocks but a part's last have an even number of rows. After the last row c is complete.
  virtual void add(ConstMatrixView<Real> a, ConstMatrixView<Real> b) = 0;
};

/// The one seam to matrix products. Bits of a product depend on its shape, the engine and the processor's kernels, not
/// on how many ranks there are, since every engine computes with one thread.
template <typename Real>
class Gemm {
 public:
  virtual ~Gemm() = default;

  /// c = aᵀ b, with a [k][m], b [k][n], c [m][n]: a weight's gradient from inputs and output gradients, summed over the
  /// rows of each part and then over parts.
  virtual void multiply_at_b(const RowParts& parts, ConstMatrixView<Real> a, ConstMatrixView<Real> b,
                             MatrixView<Real> c) const = 0;

  [[nodiscard]] virtual std::unique_ptr<PackedWeight<Real>> make_weight() const = 0;
  [[nodiscard]] virtual std::unique_ptr<BlockProduct<Real>> make_block_product() const = 0;

  /// Rows x from which on products x W run at full speed: an even number.
  [[nodiscard]] virtual std::size_t full_speed_rows() const = 0;

  /// Whether a row of x W has the same bits whatever rows stand beside it, so that several shards can be computed as
  /// one batch. Where it hasn't, products over several parts throw std::logic_error.
  [[nodiscard]] virtual bool rows_are_independent() const = 0;
};

/// The engine that kAuto stands for here: with AVX-512 Lockstep's own panels for float32 and oneDNN, where it is built
/// in, for bfloat16; else OpenBLAS.
[[nodiscard]] GemmEngine resolve_engine(GemmEngine engine, Precision precision);

/// Of an engine that computes with one thread. In bfloat16 the factors of every product are rounded, sums are float32.
/// Throws ConfigError where this program or processor has no such products. Of double there is OpenBLAS alone, for
/// whatever engine and precision: tests check gradients in it.
template <typename Real>
[[nodiscard]] std::unique_ptr<Gemm<Real>> make_gemm(GemmEngine engine, Precision precision);

/// Whether make_gemm<float> makes an engine of these here.
[[nodiscard]] bool has_gemm(GemmEngine engine, Precision precision);

/// Name, version and kernels of an engine as far as bits depend on them: "openblas 0.3.21 haswell".
[[nodiscard]] std::string describe_gemm(GemmEngine engine, Precision precision);

/// How many threads an engine that make_gemm has made computes with: one, if its library does as it was told.
[[nodiscard]] int gemm_threads(GemmEngine engine, Precision precision);

/// The instruction set that element-wise kernels run with: "AVX3".
[[nodiscard]] std::string describe_simd();

/// Instruction sets that this processor has and element-wise kernels exist for; the first one is in use.
[[nodiscard]] std::vector<std::string> simd_targets();

}  // namespace lockstep

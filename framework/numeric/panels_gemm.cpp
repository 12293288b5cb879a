#include "framework/numeric/panels_gemm.h"

#include <hwy/highway.h>

#include "framework/numeric/packed_gemm.h"
#include "framework/numeric/panel_product.h"

namespace lockstep {
namespace {

/// A Multiplier of packed_gemm.h.
struct PanelMultiplier {
  using Stored = float;
  static constexpr bool kTakesGaps = true;
  static constexpr bool kRowsAreIndependent = true;

  static void multiply(const float* x, std::size_t m, std::size_t k, std::size_t x_stride, const float* panels,
                       std::size_t panel_rows, bool accumulate, MatrixView<float> y) {
    panel_product({x, m, k, x_stride}, panels, panel_rows, accumulate, y);
  }

  static void multiply_parts(ConstMatrixView<float> x, const float* panels, std::size_t panel_rows,
                             std::span<const std::size_t> begins, std::size_t block, MatrixView<float> y) {
    panel_tree_product(x, panels, panel_rows, begins, block, y);
  }
};

}  // namespace

std::unique_ptr<Gemm<float>> make_panels_gemm() {
  return std::make_unique<PackedGemm<PanelMultiplier>>();
}

bool panels_are_fast() {
  return (hwy::SupportedTargets() & HWY_AVX3) != 0;
}

std::string describe_panels() {
  return "panels " + describe_simd();
}

}  // namespace lockstep

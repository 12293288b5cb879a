#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <oneapi/dnnl/dnnl.hpp>
#include <unordered_map>

#include "framework/core/huge_pages.h"
#include "framework/numeric/panel_packing.h"

namespace lockstep {

/// A product y [m][n] = x [m][k] W [k][n] (+ y), x and y without gaps between rows, W packed in panels.
struct MatmulShape {
  std::size_t m = 0;
  std::size_t k = 0;
  std::size_t n = 0;
  bool bfloat16 = false;  ///< x and W; y is float32 always
  bool accumulate = false;
  bool operator==(const MatmulShape&) const = default;
};

/// oneDNN's products with packed right sides, one thread. A primitive is made once for each shape met and kept: making
/// one takes 0.1 to 0.8 ms, as long as a product.
class OneDnnMatmul {
 public:
  OneDnnMatmul();
  ~OneDnnMatmul();
  OneDnnMatmul(const OneDnnMatmul&) = delete;
  OneDnnMatmul& operator=(const OneDnnMatmul&) = delete;

  /// How many threads oneDNN computes with.
  [[nodiscard]] static int threads();

  /// Whether this processor has fast products of packed weights, in float32 or in bfloat16.
  [[nodiscard]] bool is_fast(bool bfloat16) const;

  /// Panels that stand for W [k][n]: ⌈n / 64⌉ panels of round_up(k, 16 or 32) rows. Kept for as long as the pointer is.
  [[nodiscard]] dnnl::memory weight(std::size_t k, std::size_t n, bool bfloat16, void* panels) const;

  /// x [m][k] and y [m][n] as `shape` says; `weight` was made for its k, n and kind of number.
  void run(const MatmulShape& shape, const void* x, const dnnl::memory& weight, float* y);

 private:
  struct Primitive;
  struct ShapeHash {
    std::size_t operator()(const MatmulShape& shape) const;
  };
  [[nodiscard]] std::unique_ptr<Primitive> make(const MatmulShape& shape);

  dnnl::engine engine_;
  dnnl::stream stream_;
  HugeBuffer<std::byte> scratchpad_;
  std::unordered_map<MatmulShape, std::unique_ptr<Primitive>, ShapeHash> primitives_;
};

}  // namespace lockstep

#pragma once

#include <string>
#include <vector>

#include "framework/core/errors.h"
#include "framework/numeric/gemm.h"

namespace lockstep {

/// A way of multiplying matrices.
struct ComputeKind {
  GemmEngine gemm = GemmEngine::kOpenBlas;
  Precision precision = Precision::kFloat32;
  std::string name;
};

/// Those that this program and processor have: OpenBLAS and panels always, oneDNN where it is built in and there is
/// AVX-512.
inline std::vector<ComputeKind> compute_kinds() {
  std::vector<ComputeKind> kinds = {{GemmEngine::kOpenBlas, Precision::kFloat32, "openblas float32"},
                                    {GemmEngine::kPanels, Precision::kFloat32, "panels float32"}};
  for (const auto& [precision, name] :
       {std::pair(Precision::kFloat32, "onednn float32"), std::pair(Precision::kBfloat16, "onednn bfloat16")}) {
    try {
      static_cast<void>(make_gemm<float>(GemmEngine::kOneDnn, precision));
      kinds.push_back({GemmEngine::kOneDnn, precision, name});
    } catch (const ConfigError&) {
    }
  }
  return kinds;
}

}  // namespace lockstep

#include "framework/numeric/gemm.h"

#include <hwy/highway.h>

#include "framework/core/errors.h"
#include "framework/numeric/onednn_gemm.h"
#include "framework/numeric/openblas_gemm.h"
#include "framework/numeric/panels_gemm.h"

namespace lockstep {

GemmEngine resolve_engine(GemmEngine engine, Precision precision) {
  if (engine != GemmEngine::kAuto) return engine;
  if (precision == Precision::kBfloat16 && onednn_multiplies(precision)) return GemmEngine::kOneDnn;
  return panels_are_fast() ? GemmEngine::kPanels : GemmEngine::kOpenBlas;
}

template <>
std::unique_ptr<Gemm<float>> make_gemm(GemmEngine engine, Precision precision) {
  engine = resolve_engine(engine, precision);
  if (engine == GemmEngine::kOneDnn) return make_onednn_gemm(precision);
  if (precision != Precision::kFloat32)
    throw ConfigError(
        "compute.precision is bfloat16, which needs compute.gemm onednn and a processor with AVX-512; take float32");
  return engine == GemmEngine::kPanels ? make_panels_gemm() : make_openblas_gemm<float>();
}

template <>
std::unique_ptr<Gemm<double>> make_gemm(GemmEngine, Precision) {
  return make_openblas_gemm<double>();
}

bool has_gemm(GemmEngine engine, Precision precision) {
  engine = resolve_engine(engine, precision);
  return engine == GemmEngine::kOneDnn ? onednn_multiplies(precision) : precision == Precision::kFloat32;
}

std::string describe_gemm(GemmEngine engine, Precision precision) {
  switch (resolve_engine(engine, precision)) {
    case GemmEngine::kOneDnn:
      return describe_onednn();
    case GemmEngine::kPanels:
      return describe_panels();
    default:
      return describe_openblas();
  }
}

int gemm_threads(GemmEngine engine, Precision precision) {
  switch (resolve_engine(engine, precision)) {
    case GemmEngine::kOneDnn:
      return onednn_threads();
    case GemmEngine::kPanels:
      return 1;
    default:
      return openblas_threads();
  }
}

std::string describe_simd() {
  return simd_targets().front();
}

std::vector<std::string> simd_targets() {
  std::int64_t left = hwy::SupportedTargets() & HWY_TARGETS;
  std::vector<std::string> names;
  do {
    // The best target is the lowest bit.
    const std::int64_t best = left & -left;
    names.emplace_back(hwy::TargetName(best));
    left -= best;
  } while (left != 0);
  return names;
}

}  // namespace lockstep

#include "framework/numeric/gemm.h"

#include <hwy/highway.h>

#include "framework/core/errors.h"
#include "framework/numeric/openblas_gemm.h"
#ifdef LOCKSTEP_ONEDNN
#include "framework/numeric/onednn_gemm.h"
#endif

namespace lockstep {
namespace {

#ifdef LOCKSTEP_ONEDNN
bool onednn_runs() {
  return onednn_multiplies(Precision::kFloat32);
}
#else
bool onednn_runs() {
  return false;
}
std::unique_ptr<Gemm<float>> make_onednn_gemm(Precision) {
  throw ConfigError(
      "compute.gemm is onednn, but this program was built without it; take openblas, or build with libdnnl");
}
std::string describe_onednn() {
  return "onednn";
}
#endif

}  // namespace

GemmEngine resolve_engine(GemmEngine engine) {
  if (engine != GemmEngine::kAuto) return engine;
  return onednn_runs() ? GemmEngine::kOneDnn : GemmEngine::kOpenBlas;
}

template <>
std::unique_ptr<Gemm<float>> make_gemm(GemmEngine engine, Precision precision) {
  if (resolve_engine(engine) == GemmEngine::kOneDnn) return make_onednn_gemm(precision);
  if (precision != Precision::kFloat32)
    throw ConfigError(
        "compute.precision is bfloat16, which needs compute.gemm onednn and a processor with AVX-512; "
        "take float32");
  return make_openblas_gemm<float>();
}

template <>
std::unique_ptr<Gemm<double>> make_gemm(GemmEngine, Precision) {
  return make_openblas_gemm<double>();
}

std::string describe_gemm(GemmEngine engine) {
  return resolve_engine(engine) == GemmEngine::kOneDnn ? describe_onednn() : describe_openblas();
}

std::string describe_simd() {
  const std::int64_t supported = hwy::SupportedTargets() & HWY_TARGETS;
  // The best target is the lowest bit.
  return hwy::TargetName(supported & -supported);
}

}  // namespace lockstep

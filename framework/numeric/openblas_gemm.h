#pragma once

#include <memory>
#include <string>

#include "framework/numeric/gemm.h"

namespace lockstep {

/// Products by OpenBLAS, which packs within each call. Also sets it to one thread.
template <typename Real>
[[nodiscard]] std::unique_ptr<Gemm<Real>> make_openblas_gemm();

/// Name, version and kernels: "openblas 0.3.21 haswell".
[[nodiscard]] std::string describe_openblas();

/// "0.3.21"
[[nodiscard]] std::string openblas_version();

/// How many threads it computes with.
[[nodiscard]] int openblas_threads();

}  // namespace lockstep

#pragma once

#include <memory>
#include <string>

#include "framework/numeric/gemm.h"

namespace lockstep {

/// Products by oneDNN: weights are packed in panels once an update, W for the forward pass and Wᵀ when the backward
/// pass first asks for it. Bfloat16 rounds both factors to nearest even and sums in float32.
/// Throws ConfigError unless onednn_multiplies(precision).
[[nodiscard]] std::unique_ptr<Gemm<float>> make_onednn_gemm(Precision precision);

/// Whether this processor has AVX-512 for such products; oneDNN would crawl without.
[[nodiscard]] bool onednn_multiplies(Precision precision);

/// Name, version and instruction sets: "onednn 2.6.3 avx512_core_amx".
[[nodiscard]] std::string describe_onednn();

/// "2.6.3"; empty where Lockstep is built without it.
[[nodiscard]] std::string onednn_version();

/// How many threads it computes with.
[[nodiscard]] int onednn_threads();

}  // namespace lockstep

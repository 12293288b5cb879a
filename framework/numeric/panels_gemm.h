#pragma once

#include <memory>
#include <string>

#include "framework/numeric/gemm.h"

namespace lockstep {

/// Products in float32 by panel_product.h: as fast as oneDNN's where a weight lies in a near cache, faster where it has
/// to be fetched, as at every time step of a recurrence, and with nothing to be made for a shape that is met first.
[[nodiscard]] std::unique_ptr<Gemm<float>> make_panels_gemm();

/// Whether this processor has the wide registers (AVX-512) with which it was measured to be the fastest engine.
[[nodiscard]] bool panels_are_fast();

/// Name and instruction set: "panels AVX3".
[[nodiscard]] std::string describe_panels();

}  // namespace lockstep

#pragma once

#include <memory>
#include <string_view>

#include "framework/core/profile.h"
#include "framework/numeric/gemm.h"

namespace lockstep {

// Names of the spans that a profiled engine opens. Their sizes are m, k and n of c [m][n] = a [m][k] b [k][n], all of
// them positive; a pack has the weight's rows as k, its columns as n, and m = 0.
inline constexpr const char* kForwardProduct = "x W";
inline constexpr const char* kTransposedProduct = "x W^T";
inline constexpr const char* kGradientProduct = "x^T y";
inline constexpr const char* kPack = "pack W";

/// An engine whose products and packs are spans of `profile`, which must outlive it; bits are the engine's own.
template <typename Real>
[[nodiscard]] std::unique_ptr<Gemm<Real>> profiled_gemm(std::unique_ptr<Gemm<Real>> engine, Profile& profile);

/// Does such a product again and again on matrices of its own, at least three times and until `seconds` are over.
/// Returns the seconds of the fastest; `name` is one of the four above.
template <typename Real>
[[nodiscard]] double fastest_product(const Gemm<Real>& engine, std::string_view name, const Profile::Sizes& sizes,
                                     double seconds);

}  // namespace lockstep

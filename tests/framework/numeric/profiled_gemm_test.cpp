#include "framework/numeric/profiled_gemm.h"

#include <vector>

#include "tests/support/catch.h"

namespace lockstep {
namespace {

std::vector<float> ramp(std::size_t count) {
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = static_cast<float>(i % 7) - 2.5F;
  return values;
}

}  // namespace

TEST_CASE("A profiled engine gives the engine's bits and counts each product by its sizes", "[numeric]") {
  constexpr std::size_t kRows = 19;
  constexpr std::size_t kIn = 23;
  constexpr std::size_t kOut = 31;
  const std::vector<float> weight = ramp(kIn * kOut);
  const std::vector<float> x = ramp(kRows * kIn);
  const std::vector<float> y = ramp(kRows * kOut);
  const auto results = [&](const Gemm<float>& gemm) {
    std::vector<float> forward(kRows * kOut), backward(kRows * kIn, 1.0F), gradient(kIn * kOut);
    const auto packed = gemm.make_weight();
    packed->pack({weight.data(), kIn, kOut});
    packed->multiply({x.data(), kRows, kIn}, 0.0F, {forward.data(), kRows, kOut});
    packed->multiply_transposed({y.data(), kRows, kOut}, 1.0F, {backward.data(), kRows, kIn});
    packed->multiply_transposed({y.data(), kRows, kOut}, 1.0F, {backward.data(), kRows, kIn});
    gemm.multiply_at_b(RowParts(kRows), {x.data(), kRows, kIn}, {y.data(), kRows, kOut}, {gradient.data(), kIn, kOut});
    return std::vector{forward, backward, gradient};
  };
  Profile profile;
  const auto profiled = profiled_gemm(make_gemm<float>(GemmEngine::kOpenBlas, Precision::kFloat32), profile);
  CHECK(results(*profiled) == results(*make_gemm<float>(GemmEngine::kOpenBlas, Precision::kFloat32)));

  const Profile::Tallies& tallies = profile.tallies();
  CHECK(tallies.size() == 4);
  CHECK(tallies.at({{0, kIn, kOut}, kPack}).count == 1);
  CHECK(tallies.at({{kRows, kIn, kOut}, kForwardProduct}).count == 1);
  CHECK(tallies.at({{kRows, kOut, kIn}, kTransposedProduct}).count == 2);
  CHECK(tallies.at({{kIn, kRows, kOut}, kGradientProduct}).count == 1);
  CHECK(profile.seconds(Work::kGemm) > 0);
  CHECK(profile.seconds(Work::kElementwise) == 0);
}

TEST_CASE("Each kind of product can be repeated alone, with the sizes it was counted with", "[numeric]") {
  Profile profile;
  const auto gemm = profiled_gemm(make_gemm<float>(GemmEngine::kOpenBlas, Precision::kFloat32), profile);
  for (const char* const name : {kForwardProduct, kTransposedProduct, kGradientProduct, kPack}) {
    INFO(name);
    const Profile::Sizes sizes = {name == kPack ? 0U : 5U, 17, 40};
    const double seconds = fastest_product(*gemm, name, sizes, 0);
    CHECK(seconds < 1);
    CHECK(profile.tallies().at({sizes, name}).count >= 3);
    CHECK(seconds > 0);
  }
}

}  // namespace lockstep

// Our own float exp, tanh and sigmoid over all of float, on every instruction set, against libm in double.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "framework/numeric/elementwise.h"
#include "tests/support/catch.h"
#include "tests/support/instruction_sets.h"

using namespace lockstep;
using lockstep::testing::on_every_instruction_set;

namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

/// Floats of every exponent and sign, infinities and quiet NaNs among them, and all that lie close to the clamps.
std::vector<float> all_kinds() {
  std::vector<float> x;
  for (std::uint64_t bits = 0; bits <= 0xFFFFFFFFU; bits += 16381)
    x.push_back(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
  for (float value = -110; value < 110; value += 0.00123F) x.push_back(value);
  for (const float value : {0.0F, -0.0F, kInfinity, -kInfinity, kNaN, -kNaN, 88.72283F, 88.72284F, -87.0F}) {
    x.push_back(value);
    x.push_back(std::nextafter(value, kInfinity));
    x.push_back(std::nextafter(value, -kInfinity));
  }
  return x;
}

/// The largest error in units in the last place of f's results; `lost` counts results that are 0 where they should be
/// 2^-125 or more, or finite, infinite or no number where they should not be.
template <class Pass, class Exact>
void measure(Pass pass, Exact exact, double& worst, std::size_t& lost) {
  const std::vector<float> x = all_kinds();
  std::vector<float> y = x;
  pass(MatrixView<float>(y.data(), 1, y.size()));
  worst = 0;
  lost = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double wanted = exact(static_cast<double>(x[i]));
    const auto rounded = static_cast<float>(wanted);
    if (std::isnan(wanted) || std::isinf(rounded)) {
      lost += std::isnan(wanted) ? !std::isnan(y[i]) : y[i] != rounded;
    } else if (std::abs(wanted) < 0x1p-125 && y[i] == 0 && std::abs(x[i]) > 1) {
      continue;
    } else if (!std::isfinite(y[i])) {
      ++lost;
    } else {
      const double ulp = std::nextafter(std::abs(rounded), kInfinity) - std::abs(rounded);
      worst = std::max(worst, std::abs(static_cast<double>(y[i]) - wanted) / ulp);
    }
  }
}

}  // namespace

TEST_CASE("Float functions keep their bounds over all floats on every instruction set", "[numeric]") {
  on_every_instruction_set([] {
    double worst = 0;
    std::size_t lost = 0;
    measure([](MatrixView<float> x) { exp_forward(ExpForward<float>{x}); }, [](double x) { return std::exp(x); }, worst,
            lost);
    CHECK(worst <= 2);
    CHECK(lost == 0);
    measure([](MatrixView<float> x) { tanh_forward(TanhForward<float>{x}); }, [](double x) { return std::tanh(x); },
            worst, lost);
    CHECK(worst <= 4);
    CHECK(lost == 0);
    measure([](MatrixView<float> x) { sigmoid_forward(SigmoidForward<float>{x}); },
            [](double x) { return 1 / (1 + std::exp(-x)); }, worst, lost);
    CHECK(worst <= 4);
    CHECK(lost == 0);
  });
}

TEST_CASE("A float tanh never leaves [-1, 1], and a sigmoid never [0, 1]", "[numeric]") {
  on_every_instruction_set([] {
    std::vector<float> x;
    for (float value = -20; value < 20; value += 0.0007F) x.push_back(value);
    std::vector<float> y = x;
    tanh_forward(TanhForward<float>{{x.data(), 1, x.size()}});
    sigmoid_forward(SigmoidForward<float>{{y.data(), 1, y.size()}});
    for (std::size_t i = 0; i < x.size(); ++i) {
      if (std::abs(x[i]) > 1) FAIL("tanh " << x[i]);
      if (!(y[i] >= 0 && y[i] <= 1)) FAIL("sigmoid " << y[i]);
    }
  });
}

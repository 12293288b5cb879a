#include "framework/numeric/onednn_gemm.h"

#include <fmt/format.h>

#include <map>
#include <tuple>

#include "framework/core/errors.h"
#include "framework/numeric/onednn_matmul.h"
#include "framework/numeric/packed_gemm.h"

namespace lockstep {
namespace {

/// Rows that one product takes of `rows` that are left: few different numbers, as each needs a primitive of its own,
/// and never a short rest, which would cost as much as a long one.
std::size_t next_rows(std::size_t rows) {
  for (const std::size_t block : {256U, 128U, 64U}) {
    if (rows >= block + 32U || rows == block) return block;
  }
  return rows;
}

/// A Multiplier of packed_gemm.h.
template <typename Number>
class OneDnnMultiplier {
 public:
  using Stored = Number;
  /// oneDNN has fast kernels for rows without gaps alone.
  static constexpr bool kTakesGaps = false;
  /// How it cuts a sum in bfloat16 depends on the number of rows.
  static constexpr bool kRowsAreIndependent = false;

  OneDnnMultiplier() {
    if (!matmul_.is_fast(kIsBfloat16<Stored>))
      throw ConfigError(
          fmt::format("compute.gemm is onednn with compute.precision {}, for which this processor lacks "
                      "AVX-512; take openblas and float32",
                      kIsBfloat16<Stored> ? "bfloat16" : "float32"));
  }

  void multiply(const Stored* x, std::size_t m, std::size_t k, std::size_t x_stride, const Stored* panels,
                std::size_t /*panel_rows*/, bool accumulate, MatrixView<float> y) {
    const dnnl::memory& weight = weight_of(panels, k, y.columns);
    for (std::size_t row = 0; row < m;) {
      const std::size_t rows = next_rows(m - row);
      matmul_.run({rows, k, y.columns, kIsBfloat16<Stored>, accumulate}, x + row * x_stride, weight, y.row(row));
      row += rows;
    }
  }

 private:
  /// What stands for panels; kept, as making one takes memory. It knows no more than the address and the sizes, so that
  /// it may outlive what lay there.
  const dnnl::memory& weight_of(const Stored* panels, std::size_t k, std::size_t n) {
    dnnl::memory& weight = weights_[{panels, k, n}];
    if (!weight) weight = matmul_.weight(k, n, kIsBfloat16<Stored>, const_cast<Stored*>(panels));
    return weight;
  }

  OneDnnMatmul matmul_;
  std::map<std::tuple<const Stored*, std::size_t, std::size_t>, dnnl::memory> weights_;
};

std::string name_of(dnnl_cpu_isa_t isa) {
  switch (isa) {
    case dnnl_cpu_isa_avx512_core:
      return "avx512_core";
    case dnnl_cpu_isa_avx512_core_vnni:
      return "avx512_core_vnni";
    case dnnl_cpu_isa_avx512_core_bf16:
      return "avx512_core_bf16";
    case dnnl_cpu_isa_avx512_core_amx:
      return "avx512_core_amx";
    default:
      return fmt::format("isa {:#x}", static_cast<unsigned>(isa));
  }
}

}  // namespace

std::unique_ptr<Gemm<float>> make_onednn_gemm(Precision precision) {
  if (precision == Precision::kBfloat16) return std::make_unique<PackedGemm<OneDnnMultiplier<Bfloat16>>>();
  return std::make_unique<PackedGemm<OneDnnMultiplier<float>>>();
}

bool onednn_multiplies(Precision precision) {
  return OneDnnMatmul().is_fast(precision == Precision::kBfloat16);
}

std::string describe_onednn() {
  return fmt::format("onednn {} {}", onednn_version(), name_of(dnnl_get_effective_cpu_isa()));
}

std::string onednn_version() {
  const dnnl_version_t* const version = dnnl_version();
  return fmt::format("{}.{}.{}", version->major, version->minor, version->patch);
}

int onednn_threads() {
  return OneDnnMatmul::threads();
}

}  // namespace lockstep

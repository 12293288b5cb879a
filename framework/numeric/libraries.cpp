#include "framework/numeric/libraries.h"

#include <hwy/highway.h>

#include "framework/numeric/onednn_gemm.h"
#include "framework/numeric/openblas_gemm.h"

namespace lockstep {

std::vector<Library> numeric_libraries() {
  return {{"OpenBLAS", openblas_version()},
          {"oneDNN", onednn_version()},
          {"Highway", version_text(HWY_MAJOR, HWY_MINOR, HWY_PATCH)}};
}

}  // namespace lockstep

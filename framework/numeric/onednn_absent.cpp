// In place of onednn_gemm.cpp where Lockstep is built without oneDNN.
#include "framework/core/errors.h"
#include "framework/numeric/onednn_gemm.h"

namespace lockstep {

std::unique_ptr<Gemm<float>> make_onednn_gemm(Precision) {
  throw ConfigError(
      "compute.gemm is onednn, but this program was built without it; take another, or build with oneDNN "
      "(Debian's libdnnl-dev)");
}

bool onednn_multiplies(Precision) {
  return false;
}

std::string describe_onednn() {
  return "onednn";
}

std::string onednn_version() {
  return "";
}

int onednn_threads() {
  return 1;
}

}  // namespace lockstep

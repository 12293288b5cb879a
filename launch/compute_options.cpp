#include "launch/compute_options.h"

namespace lockstep {

void add_compute_options(CLI::App& command, std::vector<std::string>& overrides) {
  const auto add = [&](const char* option, const std::string& key, const std::vector<std::string>& names,
                       const char* description) {
    command
        .add_option_function<std::string>(
            option, [&overrides, key](const std::string& name) { overrides.push_back(key + "=" + name); }, description)
        ->check(CLI::IsMember(names));
  };
  add("--gemm", "compute.gemm", {"auto", "onednn", "openblas", "panels"},
      "engine of matrix products; as in the checkpoint's configuration unless given");
  add("--precision", "compute.precision", {"float32", "bfloat16"},
      "of matrix products, bfloat16 by onednn on a processor with AVX-512; as in the checkpoint's configuration unless "
      "given");
}

std::string compute_note(const std::vector<std::string>& overrides) {
  std::string note;
  for (const std::string& given : overrides) note += ", " + given;
  return note;
}

}  // namespace lockstep

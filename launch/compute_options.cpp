#include "launch/compute_options.h"

#include <fmt/format.h>

#include "framework/core/errors.h"
#include "models/registry.h"

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

std::unique_ptr<Model<float>> make_chosen_model(const Configuration& configuration, const Vocabularies& vocabularies) {
  try {
    return make_text_model(configuration, vocabularies);
  } catch (const ConfigError& error) {
    throw ConfigError(fmt::format("{}; --gemm and --precision choose", error.what()));
  }
}

std::string compute_note(const std::vector<std::string>& overrides) {
  std::string note;
  for (const std::string& given : overrides) note += ", " + given;
  return note;
}

}  // namespace lockstep

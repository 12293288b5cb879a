// A configuration file and overrides of --set, which stand behind it, parted by bytes 0xFF.
#include <string>
#include <vector>

#include "framework/core/configuration.h"
#include "tests/fuzz/fuzzing.h"

using namespace lockstep;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const fuzzing::MemoryFile file;
  std::string_view rest = fuzzing::text_of(data, size);
  file.set(fuzzing::take_part(rest));
  std::vector<std::string> overrides;
  while (!rest.empty()) overrides.emplace_back(fuzzing::take_part(rest));
  fuzzing::works_or_refuses([&] {
    const Configuration configuration = load_configuration(file.path(), overrides);
    const Configuration again = parse_configuration(to_yaml(configuration), "printed", {});
    fuzzing::require(differences(configuration, again).empty());
  });
  return 0;
}

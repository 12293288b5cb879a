#include "launch/ready_configuration.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <vector>

#include "framework/core/errors.h"

namespace lockstep {
namespace {

/// Names of the configurations in a folder, sorted; none where there is no such folder.
std::vector<std::string> names_in(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    if (entry->path().extension() == ".yaml") names.push_back(entry->path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

void add_configuration(CLI::App& command, std::string& configuration) {
  command
      .add_option(
          "configuration", configuration,
          "the run's configuration: a YAML file, or the name of a ready one that was installed, like quickstart")
      ->type_name("FILE")
      ->required();
}

std::string find_configuration(const std::string& name) {
  std::error_code error;
  if (name.find('/') != std::string::npos || std::filesystem::exists(name, error)) return name;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", error);
  const std::filesystem::path folder = (program.parent_path() / LOCKSTEP_SHARE / "configs").lexically_normal();
  const std::vector<std::string> ready = names_in(folder);
  if (ready.empty()) return name;
  const std::string stem = name.ends_with(".yaml") ? name.substr(0, name.size() - 5) : name;
  if (std::find(ready.begin(), ready.end(), stem) != ready.end()) return (folder / (stem + ".yaml")).string();
  throw ConfigError(
      fmt::format("{}: no such configuration file, nor a ready configuration: {}", name, fmt::join(ready, ", ")));
}

}  // namespace lockstep

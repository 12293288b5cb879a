#include "framework/core/library.h"

#include <fmt/format.h>
#include <spdlog/version.h>
#include <utf8proc.h>

namespace lockstep {

std::string version_text(unsigned major, unsigned minor, unsigned patch) {
  return fmt::format("{}.{}.{}", major, minor, patch);
}

std::vector<Library> core_libraries() {
  return {
      {"yaml-cpp", LOCKSTEP_YAML_CPP_VERSION},
      {"fmt", version_text(FMT_VERSION / 10000, FMT_VERSION / 100 % 100, FMT_VERSION % 100)},
      {"spdlog", version_text(SPDLOG_VER_MAJOR, SPDLOG_VER_MINOR, SPDLOG_VER_PATCH)},
      {"utf8proc", utf8proc_version()},
  };
}

}  // namespace lockstep

#pragma once

#include <string>
#include <vector>

namespace lockstep {

/// An outside library. Each room names its own (storage/libraries.h and the like), and `lockstep --version` all of
/// them.
struct Library {
  std::string name;
  std::string version;  ///< of what is loaded, if it can tell, else of what was built with; empty: built without it
};

/// "1.10.8"
[[nodiscard]] std::string version_text(unsigned major, unsigned minor, unsigned patch);

/// yaml-cpp, fmt, spdlog and utf8proc.
[[nodiscard]] std::vector<Library> core_libraries();

}  // namespace lockstep

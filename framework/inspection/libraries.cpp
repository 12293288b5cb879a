#include "framework/inspection/libraries.h"

#include <nlohmann/json.hpp>
#include <utility>

namespace lockstep {

std::vector<Library> inspection_libraries() {
  std::vector<Library> libraries{
      {"nlohmann-json",
       version_text(NLOHMANN_JSON_VERSION_MAJOR, NLOHMANN_JSON_VERSION_MINOR, NLOHMANN_JSON_VERSION_PATCH)}};
  for (Library& library : figure_libraries()) libraries.push_back(std::move(library));
  return libraries;
}

}  // namespace lockstep

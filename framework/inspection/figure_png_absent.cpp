// In place of figure_png.cpp where Lockstep is built without Pango.
#include "framework/core/errors.h"
#include "framework/inspection/figure.h"
#include "framework/inspection/libraries.h"

namespace lockstep {

std::string alignment_png(const AlignedSentence&) {
  throw ConfigError(
      "heat maps as PNG need Pango, without which this program was built; take --svg or --page, or build with Pango "
      "(Debian's libpango1.0-dev)");
}

std::vector<Library> figure_libraries() {
  return {{"Pango", ""}, {"cairo", ""}};
}

}  // namespace lockstep

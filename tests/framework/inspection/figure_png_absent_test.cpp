#include "framework/core/errors.h"
#include "framework/inspection/figure.h"
#include "tests/support/catch.h"
#include "tests/support/sample_alignments.h"

using namespace lockstep;
using Catch::Matchers::ContainsSubstring;

TEST_CASE("Without Pango a PNG figure is refused, with what to take in its place", "[inspection]") {
  CHECK_THROWS_WITH(alignment_png(two_dogs()), ContainsSubstring("--svg") && ContainsSubstring("libpango1.0-dev"));
  CHECK_FALSE(alignment_svg(two_dogs()).empty());
}

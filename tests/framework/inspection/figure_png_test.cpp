#include <cairo.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "framework/inspection/figure.h"
#include "framework/inspection/heat_map.h"
#include "tests/support/catch.h"
#include "tests/support/sample_alignments.h"

using namespace lockstep;

namespace {

cairo_status_t next_bytes(void* rest, unsigned char* bytes, unsigned int count) {
  auto& left = *static_cast<std::string_view*>(rest);
  if (left.size() < count) return CAIRO_STATUS_READ_ERROR;
  std::memcpy(bytes, left.data(), count);
  left.remove_prefix(count);
  return CAIRO_STATUS_SUCCESS;
}

/// The grey of each point of a picture, 0 to 255; -1 where it is no grey.
struct Picture {
  int width;
  int height;
  std::vector<int> grey;

  explicit Picture(const std::string& png) {
    std::string_view rest = png;
    const std::unique_ptr<cairo_surface_t, decltype(&cairo_surface_destroy)> surface(
        cairo_image_surface_create_from_png_stream(next_bytes, &rest), cairo_surface_destroy);
    REQUIRE(cairo_surface_status(surface.get()) == CAIRO_STATUS_SUCCESS);
    width = cairo_image_surface_get_width(surface.get());
    height = cairo_image_surface_get_height(surface.get());
    for (int y = 0; y < height; ++y) {
      const unsigned char* row =
          cairo_image_surface_get_data(surface.get()) + y * cairo_image_surface_get_stride(surface.get());
      for (int x = 0; x < width; ++x, row += 4) grey.push_back(row[0] == row[1] && row[1] == row[2] ? row[0] : -1);
    }
  }
  [[nodiscard]] int at(int x, int y) const {
    return grey[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x)];
  }
};

}  // namespace

TEST_CASE("A PNG figure has the matrix at its lower right, 0 black and 1 white", "[inspection]") {
  const Picture picture(alignment_png(two_dogs()));
  // Two points for one: cells of 44, a margin of 12 at the right and below.
  const int x0 = picture.width - 12 - 4 * 44;
  const int y0 = picture.height - 12 - 3 * 44;
  REQUIRE(x0 > 0);
  REQUIRE(y0 > 0);
  const int expected[3][4] = {{223, 32, 0, 0}, {16, 191, 48, 0}, {0, 0, 128, 128}};
  for (int i = 0; i < 3; ++i) {
    for (int j = 0; j < 4; ++j) {
      INFO("row " << i << ", column " << j);
      for (const int from : {1, 22, 42}) {
        CHECK(std::abs(picture.at(x0 + j * 44 + from, y0 + i * 44 + from) - expected[i][j]) <= 1);
      }
    }
  }
  // White around, with words at the left of each row and above each column.
  CHECK(picture.at(0, 0) == 255);
  const auto ink = [&](int left, int top, int right, int bottom) {
    int dark = 0;
    for (int y = top; y < bottom; ++y) {
      for (int x = left; x < right; ++x) dark += picture.at(x, y) < 128 ? 1 : 0;
    }
    return dark;
  };
  for (int i = 0; i < 3; ++i) CHECK(ink(0, y0 + i * 44 + 2, x0 - 8, y0 + i * 44 + 42) > 40);
  for (int j = 0; j < 4; ++j) CHECK(ink(x0 + j * 44 + 2, 0, x0 + j * 44 + 42, y0 - 8) > 40);
}

TEST_CASE("The largest figure that is drawn stays below 8000 points", "[inspection][.slow]") {
  const Picture picture(alignment_png(diagonal(kLargestDrawnSide, kLargestDrawnSide)));
  CHECK(std::max(picture.width, picture.height) <= 8001);
  CHECK(std::min(picture.width, picture.height) > 7000);
}

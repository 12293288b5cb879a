#include "framework/decoding/best_words.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "framework/numeric/best_of_row.h"

namespace lockstep {

std::span<const Token> BestWords::find(std::span<const float> values, std::size_t count) {
  peaks_.resize(peak_count(values.size()));
  bool not_a_number = false;
  row_peaks(RowPeaks<float>{values.data(), values.size(), peaks_.data(), &not_a_number});
  if (!not_a_number) return find(values, peaks_, count);
  found_.resize(values.size());
  std::iota(found_.begin(), found_.end(), Token{0});
  std::stable_sort(found_.begin(), found_.end(), [&](Token a, Token b) {
    const float x = values[static_cast<std::size_t>(a)];
    const float y = values[static_cast<std::size_t>(b)];
    return std::isnan(x) != std::isnan(y) ? std::isnan(x) : x > y;
  });
  found_.resize(std::min(count, found_.size()));
  return found_;
}

std::span<const Token> BestWords::find(std::span<const float> values, std::span<const float> peaks, std::size_t count,
                                       float floor) {
  found_.clear();
  if (count == 0) return found_;
  if (count <= peaks.size()) {
    // Each peak is an element, so that as many reach the count-th greatest.
    greatest_peaks_.assign(peaks.begin(), peaks.end());
    const auto last = greatest_peaks_.begin() + static_cast<std::ptrdiff_t>(count - 1);
    std::nth_element(greatest_peaks_.begin(), last, greatest_peaks_.end(), std::greater<>());
    floor = std::max(floor, *last);
  }
  for (std::size_t block = 0; block < peaks.size(); ++block) {
    if (peaks[block] < floor) continue;
    const std::size_t begin = block * kPeakBlock;
    const std::size_t end = std::min(begin + kPeakBlock, values.size());
    const std::size_t before = found_.size();
    found_.resize(before + (end - begin));
    std::size_t found = 0;
    places_at_least(PlacesAtLeast<float>{values.data(), begin, end, floor, found_.data() + before, &found});
    found_.resize(before + found);
    if (found_.size() >= 2 * count + kPeakBlock) floor = keep_best(values, count);
  }
  keep_best(values, count);
  return found_;
}

float BestWords::keep_best(std::span<const float> values, std::size_t count) {
  count = std::min(count, found_.size());
  if (count == 0) return -std::numeric_limits<float>::infinity();
  const auto before = [&](Token a, Token b) {
    const float x = values[static_cast<std::size_t>(a)];
    const float y = values[static_cast<std::size_t>(b)];
    return x > y || (x == y && a < b);
  };
  const auto end = found_.begin() + static_cast<std::ptrdiff_t>(count);
  std::partial_sort(found_.begin(), end, found_.end(), before);
  found_.resize(count);
  return values[static_cast<std::size_t>(found_.back())];
}

}  // namespace lockstep

#include "framework/training/floor.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <map>
#include <utility>

#include "framework/numeric/profiled_gemm.h"

namespace lockstep {
namespace {

constexpr double kElementBytes = 4;

/// Which of m, k and n is the number of words or sentences, while the others are a weight's.
std::size_t rows_of(std::string_view name) {
  return name == kGradientProduct ? 1 : 0;
}

}  // namespace

std::uint32_t measured_rows(std::uint32_t rows) {
  constexpr int kDigits = 4;
  const int shift = static_cast<int>(std::bit_width(rows)) - kDigits;
  if (shift <= 0) return rows;
  return ((rows + (1U << (shift - 1))) >> shift) << shift;
}

std::vector<ProductGroup> group_products(const Profile::Tallies& tallies) {
  std::map<std::pair<Profile::Sizes, std::string_view>, ProductGroup> groups;
  for (const auto& [key, tally] : tallies) {
    const auto& [sizes, name] = key;
    Profile::Sizes measured = sizes;
    double share = 1;
    if (name != kPack) {
      std::uint32_t& rows = measured[rows_of(name)];
      if (operations(name, sizes) == 0) continue;
      const std::uint32_t exact = rows;
      rows = measured_rows(exact);
      share = static_cast<double>(exact) / rows;
    }
    ProductGroup& group = groups[{measured, name}];
    group.name = name;
    group.sizes = measured;
    group.count += tally.count;
    group.equivalents += share * static_cast<double>(tally.count);
    group.seconds += tally.seconds;
  }
  std::vector<ProductGroup> sorted;
  for (const auto& [key, group] : groups) sorted.push_back(group);
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const ProductGroup& a, const ProductGroup& b) { return a.seconds > b.seconds; });
  return sorted;
}

double operations(std::string_view name, const Profile::Sizes& sizes) {
  if (name == kPack) return 0;
  return 2.0 * sizes[0] * sizes[1] * sizes[2];
}

double operations(const std::vector<ProductGroup>& groups) {
  double sum = 0;
  for (const ProductGroup& group : groups) sum += group.equivalents * operations(group.name, group.sizes);
  return sum;
}

double product_seconds(const std::vector<ProductGroup>& groups, const std::vector<double>& fastest) {
  assert(groups.size() == fastest.size());
  double sum = 0;
  for (std::size_t i = 0; i < groups.size(); ++i) sum += groups[i].equivalents * fastest[i];
  return sum;
}

double Traffic::optimizer_bytes() const {
  const double passes = 1 + 2 * (1 + static_cast<double>(slots));
  return kElementBytes * passes * static_cast<double>(slice);
}

double Traffic::reduction_bytes() const {
  constexpr double kArrays = 3;
  const double own = static_cast<double>(own_gradients - own_subtrees) * static_cast<double>(elements);
  const double across = static_cast<double>(all_subtrees - 1) * static_cast<double>(slice);
  return kElementBytes * kArrays * (own + across);
}

}  // namespace lockstep

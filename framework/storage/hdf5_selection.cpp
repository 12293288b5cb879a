#include "framework/storage/hdf5_selection.h"

#include <algorithm>
#include <functional>
#include <numeric>

namespace lockstep {

std::vector<std::uint64_t> dimensions_of(hid_t space) {
  const int rank = H5Sget_simple_extent_ndims(space);
  std::vector<hsize_t> dimensions(static_cast<std::size_t>(std::max(rank, 0)));
  if (rank > 0) H5Sget_simple_extent_dims(space, dimensions.data(), nullptr);
  return {dimensions.begin(), dimensions.end()};
}

bool select_run(hid_t space, std::uint64_t offset, std::uint64_t count) {
  const std::vector<std::uint64_t> sizes = dimensions_of(space);
  const std::uint64_t total = std::accumulate(sizes.begin(), sizes.end(), std::uint64_t{1}, std::multiplies<>());
  if (offset > total || count > total - offset) return false;
  if (sizes.empty()) return count == 1;
  if (H5Sselect_none(space) < 0) return false;

  // A run is a few boxes: it ends the row it starts in, then the plane, …, and so down again at its end.
  std::vector<hsize_t> start(sizes.size());
  std::vector<hsize_t> extent(sizes.size());
  while (count > 0) {
    std::uint64_t rest = offset;
    for (std::size_t d = sizes.size(); d-- > 0; rest /= sizes[d]) start[d] = rest % sizes[d];
    // The outermost dimension along which whole inner blocks fit between here and the end.
    std::size_t along = sizes.size() - 1;
    std::uint64_t block = 1;
    while (along > 0 && start[along] == 0 && count >= block * sizes[along]) block *= sizes[along--];
    std::fill(extent.begin(), extent.end(), 1);
    std::copy(sizes.begin() + static_cast<std::ptrdiff_t>(along) + 1, sizes.end(),
              extent.begin() + static_cast<std::ptrdiff_t>(along) + 1);
    extent[along] = std::min<std::uint64_t>(count / block, sizes[along] - start[along]);
    if (H5Sselect_hyperslab(space, H5S_SELECT_OR, start.data(), nullptr, extent.data(), nullptr) < 0) return false;
    offset += extent[along] * block;
    count -= extent[along] * block;
  }
  return true;
}

}  // namespace lockstep

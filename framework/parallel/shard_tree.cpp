#include "framework/parallel/shard_tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "framework/core/errors.h"

namespace lockstep {

ShardRange shards_of_rank(int rank, int ranks, std::size_t shards) {
  const auto r = static_cast<std::size_t>(rank);
  const auto p = static_cast<std::size_t>(ranks);
  return {r * shards / p, (r + 1) * shards / p};
}

void check_shards(std::size_t shards, int ranks) {
  if (!std::has_single_bit(shards)) {
    throw ConfigError(fmt::format("training.shards is {}, which is no power of two; take {}", shards,
                                  std::bit_ceil(std::max<std::size_t>(shards, 1))));
  }
  const auto p = static_cast<std::size_t>(ranks);
  if (p > shards) {
    throw ConfigError(
        fmt::format("{} ranks, but training.shards is {}: a rank would have nothing to compute; start at most {} ranks "
                    "(mpirun -n {}) or begin a new run with training.shards={}",
                    p, shards, shards, shards, std::bit_ceil(p)));
  }
}

std::vector<TreeNode> complete_subtrees(ShardRange range, std::size_t most) {
  std::vector<TreeNode> nodes;
  for (std::size_t shard = range.begin; shard < range.end;) {
    std::size_t size = std::min(std::bit_floor(range.end - shard), most);
    if (shard > 0) size = std::min(size, shard & -shard);
    nodes.push_back({static_cast<unsigned>(std::countr_zero(size)), shard / size});
    shard += size;
  }
  return nodes;
}

}  // namespace lockstep

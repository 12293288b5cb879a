#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "framework/parallel/communicator.h"
#include "framework/training/sharded_state.h"

namespace lockstep {

/// Compares what ranks hold and compute, so that a host with bad memory or a bad processor is found. Digests travel,
/// nothing else. All functions are collective.
class RankCheck {
 public:
  /// Both must outlive it.
  RankCheck(const Communicator& ranks, const ShardedState& state);

  /// Each rank keeps the digest of its slice of the parameters, which it has just written.
  void remember();
  /// Each slice of the parameters, in each host's copy, against the others and what its owner remembers. Throws
  /// SharedError that names ranks and hosts whose copy is another than most have.
  void compare_parameters(std::uint64_t update);
  /// All ranks bring the gradient of the same shard. Throws SharedError as compare_parameters().
  void compare_gradients(std::uint64_t update, std::size_t shard, std::span<const float> gradient);

 private:
  /// The ranks that share memory with one, itself among them.
  [[nodiscard]] const std::vector<int>& node_of(int rank) const;
  [[noreturn]] void fail(std::uint64_t update, std::vector<int> odd, bool undecided, const std::string& what) const;

  const Communicator& ranks_;
  const ShardedState& state_;
  std::vector<std::string> hosts_;  ///< by rank
  std::string remembered_;
};

/// Places of those that differ from more than half of all; all places where nothing is held by so many; none where all
/// are alike.
[[nodiscard]] std::vector<std::size_t> odd_ones(std::span<const std::string_view> values);

}  // namespace lockstep

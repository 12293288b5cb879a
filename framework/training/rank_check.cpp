#include "framework/training/rank_check.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>
#include <string_view>
#include <utility>

#include "framework/storage/digest.h"

namespace lockstep {
namespace {

std::string digest_of(std::span<const float> values) {
  Digester digester;
  digester.add(std::as_bytes(values));
  return to_string(digester.digest());
}

const std::size_t kDigestSize = to_string(FileDigest{}).size();

}  // namespace

std::vector<std::size_t> odd_ones(std::span<const std::string_view> values) {
  std::vector<std::size_t> odd;
  for (const std::string_view candidate : values) {
    if (2 * static_cast<std::size_t>(std::count(values.begin(), values.end(), candidate)) <= values.size()) continue;
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (values[i] != candidate) odd.push_back(i);
    }
    return odd;
  }
  odd.resize(values.size());
  std::iota(odd.begin(), odd.end(), std::size_t{0});
  return odd;
}

RankCheck::RankCheck(const Communicator& ranks, const ShardedState& state)
    : ranks_(ranks), state_(state), hosts_(ranks.allgather(ranks.host())) {}

const std::vector<int>& RankCheck::node_of(int rank) const {
  const Nodes& nodes = state_.exchange().nodes();
  return nodes.ranks_of(nodes.of_rank(rank));
}

void RankCheck::remember() {
  const GradientExchange& exchange = state_.exchange();
  remembered_ = digest_of(exchange.parameters().subspan(exchange.slice().begin, exchange.slice().size()));
}

void RankCheck::compare_parameters(std::uint64_t update) {
  const GradientExchange& exchange = state_.exchange();
  // The ranks of a node share the reading of its copy.
  const auto reader = [&](int slice, const std::vector<int>& node) {
    return node[static_cast<std::size_t>(slice) % node.size()];
  };
  std::string own = remembered_;
  for (int slice = 0; slice < ranks_.size(); ++slice) {
    if (reader(slice, node_of(ranks_.rank())) != ranks_.rank()) continue;
    const Slices::Slice part = exchange.slice_of(slice);
    own += digest_of(exchange.parameters().subspan(part.begin, part.size()));
  }
  const std::vector<std::string> all = ranks_.allgather(own);
  std::vector<std::size_t> next(all.size(), kDigestSize);  // where each rank's next digest begins
  for (int slice = 0; slice < ranks_.size(); ++slice) {
    // What the owner wrote, then each node's copy.
    std::vector<int> speakers{slice};
    std::vector<std::string_view> digests{
        std::string_view(all[static_cast<std::size_t>(slice)]).substr(0, kDigestSize)};
    for (int node = 0; node < exchange.nodes().count(); ++node) {
      const auto from = static_cast<std::size_t>(reader(slice, exchange.nodes().ranks_of(node)));
      speakers.push_back(exchange.nodes().ranks_of(node).front());
      digests.push_back(std::string_view(all[from]).substr(next[from], kDigestSize));
      next[from] += kDigestSize;
    }
    const std::vector<std::size_t> odd = odd_ones(digests);
    if (odd.empty()) continue;
    std::vector<int> ranks;
    for (const std::size_t i : odd) {
      // A copy is that of all ranks of its node.
      const std::vector<int>& node = node_of(speakers[i]);
      if (i == 0)
        ranks.push_back(slice);
      else
        ranks.insert(ranks.end(), node.begin(), node.end());
    }
    fail(update, std::move(ranks), odd.size() == digests.size(), "digest of parameters");
  }
}

void RankCheck::compare_gradients(std::uint64_t update, std::size_t shard, std::span<const float> gradient) {
  const std::vector<std::string> all = ranks_.allgather(digest_of(gradient));
  const std::vector<std::string_view> digests(all.begin(), all.end());
  const std::vector<std::size_t> odd = odd_ones(digests);
  if (odd.empty()) return;
  fail(update, {odd.begin(), odd.end()}, odd.size() == digests.size(), fmt::format("gradient of shard {}", shard));
}

void RankCheck::fail(std::uint64_t update, std::vector<int> odd, bool undecided, const std::string& what) const {
  std::sort(odd.begin(), odd.end());
  odd.erase(std::unique(odd.begin(), odd.end()), odd.end());
  std::vector<std::string> names;
  for (const int rank : odd)
    names.push_back(fmt::format("rank {} on host {}", rank, hosts_[static_cast<std::size_t>(rank)]));
  const std::string_view verdict =
      undecided ? "they differ, and too few ranks have them to say which is wrong" : "most ranks have another";
  throw SharedError(
      ExitCode::kRun,
      fmt::format("{}: {} at update {}: {}; memory, processor or network is at fault: leave that host out "
                  "and start again, which goes on from the last checkpoint (--check-ranks)",
                  fmt::join(names, ", "), what, update, verdict),
      0);
}

}  // namespace lockstep

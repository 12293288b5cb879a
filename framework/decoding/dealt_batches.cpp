#include "framework/decoding/dealt_batches.h"

#include <algorithm>
#include <numeric>
#include <string>
#include <string_view>

#include "framework/decoding/hypothesis_bytes.h"

namespace lockstep {
namespace {

/// Weights α that one batch may keep: a quarter of a gigabyte.
constexpr std::size_t kBatchWeights = std::size_t{1} << 26;

/// Source tokens of one batch. A model with 512 units keeps some 40 KB of each, so a third of a gigabyte.
constexpr std::size_t kBatchSourceTokens = 8192;

}  // namespace

Batches cut_batches(std::span<const BatchShare> shares, std::size_t sentences) {
  std::vector<std::size_t> order(shares.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return shares[a].length > shares[b].length; });
  Batches batches;
  std::size_t source_tokens = 0;
  std::size_t weights = 0;
  for (const std::size_t k : order) {
    if (shares[k].length == 0) continue;
    if (batches.empty() || batches.back().size() == sentences || weights + shares[k].weights > kBatchWeights ||
        source_tokens + shares[k].source_tokens > kBatchSourceTokens) {
      batches.emplace_back();
      source_tokens = 0;
      weights = 0;
    }
    batches.back().push_back(k);
    source_tokens += shares[k].source_tokens;
    weights += shares[k].weights;
  }
  return batches;
}

std::vector<std::vector<Hypothesis>> decode_batches(const Communicator& ranks, const Batches& batches,
                                                    std::size_t sentences, const DecodeBatch& decode) {
  const auto count = static_cast<std::size_t>(ranks.size());
  const std::string own = ranks.agree([&] {
    std::string bytes;
    // Batch j goes to rank j mod P: neighbours are alike in length.
    for (auto j = static_cast<std::size_t>(ranks.rank()); j < batches.size(); j += count) {
      ranks.heartbeat().beat();
      for (const std::vector<Hypothesis>& hypotheses : decode(batches[j])) append_hypotheses(hypotheses, bytes);
    }
    return bytes;
  });
  const std::vector<std::string> by_rank = ranks.allgather(own);
  std::vector<std::string_view> rest(by_rank.begin(), by_rank.end());
  std::vector<std::vector<Hypothesis>> decoded(sentences);
  for (std::size_t j = 0; j < batches.size(); ++j) {
    for (const std::size_t k : batches[j]) decoded[k] = take_hypotheses(rest[j % count]);
  }
  return decoded;
}

}  // namespace lockstep

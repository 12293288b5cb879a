#include "framework/decoding/aligner.h"

#include <algorithm>
#include <numeric>
#include <string_view>
#include <utility>

#include "framework/decoding/hypothesis_bytes.h"

namespace lockstep {
namespace {

/// Weights α that one batch may keep: a quarter of a gigabyte. Long sentences make smaller batches.
constexpr std::size_t kBatchWeights = std::size_t{1} << 26;

}  // namespace

Aligner::Aligner(const Communicator& ranks, Model<float>& model, const Vocabularies& vocabularies,
                 const AlignerSettings& settings)
    : ranks_(ranks), model_(model), vocabularies_(vocabularies), settings_(settings) {}

AlignedSide Aligner::encode(const Vocabulary& vocabulary, const std::string& line, std::vector<Token>& tokens) const {
  AlignedSide side;
  tokens = vocabulary.encode(line);
  side.tokens = vocabulary.surfaces(line);
  side.words = words_of(vocabulary, line, side.tokens);
  if (tokens.size() > settings_.max_tokens) {
    side.tokens_cut = tokens.size() - settings_.max_tokens;
    tokens.resize(settings_.max_tokens);
    side.tokens.resize(settings_.max_tokens);
    side.words.keep_tokens(settings_.max_tokens);
  }
  tokens.push_back(kEndOfSentence);
  return side;
}

std::vector<std::vector<std::size_t>> Aligner::cut_batches(const std::vector<AlignedPair>& pairs) const {
  std::vector<std::size_t> order(pairs.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto lengths = [&](std::size_t k) {
    return std::pair(pairs[k].target.tokens.size(), pairs[k].source.tokens.size());
  };
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return lengths(a) > lengths(b); });
  std::vector<std::vector<std::size_t>> batches;
  std::size_t weights = 0;
  for (const std::size_t k : order) {
    const std::size_t more = (lengths(k).first + 1) * (lengths(k).second + 1);
    if (batches.empty() || batches.back().size() == settings_.batch_pairs || weights + more > kBatchWeights) {
      batches.emplace_back();
      weights = 0;
    }
    batches.back().push_back(k);
    weights += more;
  }
  return batches;
}

std::vector<AlignedPair> Aligner::align(std::span<const std::string> source,
                                        std::span<const std::string> target) const {
  std::vector<AlignedPair> pairs(source.size());
  std::vector<std::vector<Token>> source_tokens(source.size());
  std::vector<std::vector<Token>> target_tokens(source.size());
  std::vector<std::vector<std::size_t>> batches;
  const auto ranks = static_cast<std::size_t>(ranks_.size());
  const std::string own = ranks_.agree([&] {
    for (std::size_t k = 0; k < pairs.size(); ++k) {
      pairs[k].source = encode(*vocabularies_.source, source[k], source_tokens[k]);
      pairs[k].target = encode(*vocabularies_.target, target[k], target_tokens[k]);
    }
    batches = cut_batches(pairs);
    std::string bytes;
    // Batch j goes to rank j mod P: neighbours are alike in length.
    for (auto j = static_cast<std::size_t>(ranks_.rank()); j < batches.size(); j += ranks) {
      SentencePairs batch;
      for (const std::size_t k : batches[j]) {
        batch.source.emplace_back(source_tokens[k]);
        batch.target.emplace_back(target_tokens[k]);
      }
      append_hypotheses(force(model_, batch), bytes);
    }
    return bytes;
  });
  const std::vector<std::string> by_rank = ranks_.allgather(own);
  std::vector<std::string_view> rest(by_rank.begin(), by_rank.end());
  for (std::size_t j = 0; j < batches.size(); ++j) {
    std::vector<Hypothesis> forced = take_hypotheses(rest[j % ranks]);
    for (std::size_t i = 0; i < forced.size(); ++i) pairs[batches[j][i]].forced = std::move(forced[i]);
  }
  return pairs;
}

}  // namespace lockstep

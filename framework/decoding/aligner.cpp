#include "framework/decoding/aligner.h"

#include <utility>

#include "framework/decoding/dealt_batches.h"

namespace lockstep {

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

std::vector<AlignedPair> Aligner::align(std::span<const std::string> source,
                                        std::span<const std::string> target) const {
  std::vector<AlignedPair> pairs(source.size());
  std::vector<std::vector<Token>> source_tokens(source.size());
  std::vector<std::vector<Token>> target_tokens(source.size());
  Batches batches;
  ranks_.agree([&] {
    std::vector<BatchShare> shares;
    for (std::size_t k = 0; k < pairs.size(); ++k) {
      pairs[k].source = encode(*vocabularies_.source, source[k], source_tokens[k]);
      pairs[k].target = encode(*vocabularies_.target, target[k], target_tokens[k]);
      const std::size_t positions = source_tokens[k].size();
      shares.push_back({target_tokens[k].size(), positions, positions * target_tokens[k].size()});
    }
    batches = cut_batches(shares, settings_.batch_pairs);
  });
  std::vector<std::vector<Hypothesis>> forced =
      decode_batches(ranks_, batches, pairs.size(), [&](std::span<const std::size_t> batch) {
        SentencePairs given;
        for (const std::size_t k : batch) {
          given.source.emplace_back(source_tokens[k]);
          given.target.emplace_back(target_tokens[k]);
        }
        std::vector<std::vector<Hypothesis>> hypotheses;
        for (Hypothesis& hypothesis : force(model_, given)) hypotheses.push_back({std::move(hypothesis)});
        return hypotheses;
      });
  for (std::size_t k = 0; k < pairs.size(); ++k) pairs[k].forced = std::move(forced[k].front());
  return pairs;
}

}  // namespace lockstep

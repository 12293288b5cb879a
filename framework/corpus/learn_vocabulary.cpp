#include "framework/corpus/learn_vocabulary.h"

#include <algorithm>
#include <string_view>

#include "framework/corpus/pair_reader.h"
#include "framework/corpus/sentencepiece_vocabulary.h"
#include "framework/corpus/word_vocabulary.h"

namespace lockstep {
namespace {

/// Sentences that sentencepiece learns from, at most. A million of long ones take 3.3 GB and minutes; pieces that
/// matter are frequent ones, and those show in a fifth of it.
constexpr std::uint64_t kSampledSentences = 200'000;

using Progress = std::function<void(std::uint64_t, std::uint64_t)>;

enum class Sides { kSource, kTarget, kBoth };

std::shared_ptr<const Vocabulary> learn_words(std::size_t size, const ParallelFiles& text, Sides sides,
                                              std::uint64_t pairs, const Progress& progress) {
  WordCounter counter;
  PairReader reader(text);
  std::string_view source;
  std::string_view target;
  for (std::uint64_t done = 0; reader.next(source, target); progress(++done, pairs)) {
    if (sides != Sides::kTarget) counter.add(source);
    if (sides != Sides::kSource) counter.add(target);
  }
  return std::make_shared<WordVocabulary>(counter.most_frequent(size));
}

std::shared_ptr<const Vocabulary> learn_pieces(const VocabularyConfiguration& settings, const ParallelFiles& text,
                                               Sides sides, std::uint64_t pairs, const Progress& progress) {
  PairReader reader(text);
  std::string_view source;
  std::string_view target;
  const std::uint64_t wanted = std::min(pairs, kSampledSentences / (sides == Sides::kBoth ? 2 : 1));
  std::uint64_t done = 0;
  bool target_waits = false;
  const SentenceSource sentences = [&](std::string_view& sentence) {
    if (target_waits) {
      target_waits = false;
      sentence = target;
      return true;
    }
    while (reader.next(source, target)) {
      // Every pair, or as many as are wanted at even distances.
      const bool taken = (done + 1) * wanted / pairs != done * wanted / pairs;
      progress(++done, pairs);
      if (!taken) continue;
      sentence = sides == Sides::kTarget ? target : source;
      target_waits = sides == Sides::kBoth;
      return true;
    }
    return false;
  };
  return std::make_shared<SentencePieceVocabulary>(train_sentencepiece(settings, sentences));
}

}  // namespace

Vocabularies learn_vocabularies(const VocabularyConfiguration& settings, const ParallelFiles& text, std::uint64_t pairs,
                                const Progress& progress) {
  const auto learn = [&](Sides sides) {
    return settings.kind == VocabularyKind::kWord
               ? learn_words(static_cast<std::size_t>(settings.size), text, sides, pairs, progress)
               : learn_pieces(settings, text, sides, pairs, progress);
  };
  if (settings.joint) {
    const auto both = learn(Sides::kBoth);
    return {both, both};
  }
  return {learn(Sides::kSource), learn(Sides::kTarget)};
}

}  // namespace lockstep

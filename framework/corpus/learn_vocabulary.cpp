#include "framework/corpus/learn_vocabulary.h"

#include <algorithm>
#include <string_view>

#include "framework/core/ordered_workers.h"
#include "framework/corpus/pair_block.h"
#include "framework/corpus/sentencepiece_vocabulary.h"
#include "framework/corpus/train_sentencepiece.h"
#include "framework/corpus/word_vocabulary.h"

namespace lockstep {
namespace {

/// Sentences that sentencepiece learns from, at most, and their bytes. Pieces that matter are frequent ones, and those
/// show in so many. Of a text with blanks it holds different words; of one without, all of the sample, at some 24 bytes
/// a character: 3.3 GB for a million long sentences.
constexpr std::uint64_t kSampledSentences = 200'000;
constexpr std::uint64_t kSampledBytes = std::uint64_t{1} << 25;
/// Pairs between two times that progress is told.
constexpr std::uint64_t kToldPairs = 1024;

using Progress = std::function<void(std::uint64_t, std::uint64_t)>;

enum class Sides { kSource, kTarget, kBoth };

struct CountedBlock {
  PairBlock text;
  WordCounts source;  ///< its words lie in `text`
  WordCounts target;
};

void count_words(const LineBlock& lines, WordCounts& counts) {
  counts.clear();
  for (std::size_t i = 0; i < lines.size(); ++i) {
    for_each_word(lines[i], [&](std::string_view word) { ++counts[word]; });
  }
}

Vocabularies learn_words(const VocabularyConfiguration& settings, const ParallelFiles& text, std::uint64_t pairs,
                         std::size_t threads, const Progress& progress) {
  WordCounter source;
  WordCounter target;
  PairReader reader(text);
  std::uint64_t done = 0;
  work_in_order<CountedBlock>(
      threads, [&](CountedBlock& block) { return read_block(reader, block.text); },
      [](CountedBlock& block) {
        count_words(block.text.source, block.source);
        count_words(block.text.target, block.target);
      },
      [&](CountedBlock& block) {
        source.add(block.source);
        (settings.joint ? source : target).add(block.target);
        progress(done += block.text.size(), pairs);
      });
  const auto most_frequent = [&](const WordCounter& counter) {
    return std::make_shared<WordVocabulary>(counter.most_frequent(static_cast<std::size_t>(settings.size)));
  };
  if (!settings.joint) return {most_frequent(source), most_frequent(target)};
  const auto both = most_frequent(source);
  return {both, both};
}

std::uint64_t sampled_pairs(const TextSize& size, Sides sides) {
  const std::uint64_t bytes =
      (sides != Sides::kTarget ? size.source_bytes : 0) + (sides != Sides::kSource ? size.target_bytes : 0);
  std::uint64_t wanted = std::min(size.pairs, kSampledSentences / (sides == Sides::kBoth ? 2 : 1));
  if (bytes > kSampledBytes) wanted = std::min(wanted, size.pairs * kSampledBytes / bytes);
  return std::max<std::uint64_t>(wanted, 1);
}

std::shared_ptr<const Vocabulary> learn_pieces(const VocabularyConfiguration& settings, const ParallelFiles& text,
                                               Sides sides, const TextSize& size, const Progress& progress) {
  PairReader reader(text);
  std::string_view source;
  std::string_view target;
  const std::uint64_t wanted = sampled_pairs(size, sides);
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
      const bool taken = (done + 1) * wanted / size.pairs != done * wanted / size.pairs;
      if (done++ % kToldPairs == 0) progress(done, size.pairs);
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

Vocabularies learn_vocabularies(const VocabularyConfiguration& settings, const ParallelFiles& text,
                                const TextSize& size, std::size_t threads, const Progress& progress) {
  if (settings.kind == VocabularyKind::kWord) return learn_words(settings, text, size.pairs, threads, progress);
  if (settings.joint) {
    const auto both = learn_pieces(settings, text, Sides::kBoth, size, progress);
    return {both, both};
  }
  // One after the other: both samples at once would take twice the memory.
  return {learn_pieces(settings, text, Sides::kSource, size, progress),
          learn_pieces(settings, text, Sides::kTarget, size, progress)};
}

}  // namespace lockstep

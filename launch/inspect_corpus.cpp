#include "launch/inspect_corpus.h"

#include <fmt/format.h>

#include <string_view>

namespace lockstep {
namespace {

/// 1,234,567
std::string grouped(std::uint64_t number) {
  return number < 1000 ? fmt::to_string(number) : fmt::format("{},{:03}", grouped(number / 1000), number % 1000);
}

std::string describe_pairs(std::string_view name, const PairCounts& counts) {
  std::string text = fmt::format("  {:<12} {} pairs of {}", name, grouped(counts.kept), grouped(counts.read));
  if (counts.empty > 0) text += fmt::format(", {} left out for an empty side", grouped(counts.empty));
  if (counts.too_long > 0) text += fmt::format(", {} left out as too long", grouped(counts.too_long));
  return text + "\n";
}

std::string describe_side(std::string_view name, const MappedSentences& sentences, std::uint64_t unknown,
                          const Vocabulary& vocabulary) {
  const auto tokens = static_cast<double>(sentences.tokens());
  return fmt::format("  {:<12} {} tokens, {:.1f} a sentence, {:.2f} % unknown; vocabulary of {} {}\n", name,
                     grouped(sentences.tokens()), tokens / static_cast<double>(sentences.size()),
                     100 * static_cast<double>(unknown) / tokens, grouped(vocabulary.size()),
                     vocabulary.kind() == VocabularyKind::kWord ? "words" : "pieces");
}

}  // namespace

std::string describe_corpus(const ParallelCorpus& corpus) {
  const ParallelDataset& train = corpus.train();
  const Vocabularies& vocabularies = corpus.vocabularies();
  std::string text = describe_pairs("training", train.counts());
  text += describe_pairs("validation", corpus.validation().counts());
  text += describe_side("source", train.source(), train.counts().source_unknown, *vocabularies.source);
  text += describe_side("target", train.target(), train.counts().target_unknown, *vocabularies.target);
  if (vocabularies.source == vocabularies.target) text += "  the sides share one vocabulary\n";
  return text + fmt::format("  digest       {}\n", to_string(corpus.digest()));
}

void inspect_corpus(const std::filesystem::path& file) {
  const ParallelCorpus corpus(file);
  fmt::print("{}: a corpus\n{}{}", file.string(), describe_corpus(corpus), corpus.config());
}

}  // namespace lockstep

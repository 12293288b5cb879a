#include "framework/corpus/prepare.h"

#include <fmt/format.h>

#include <string_view>

#include "framework/core/errors.h"
#include "framework/corpus/corpus_writer.h"
#include "framework/corpus/learn_vocabulary.h"
#include "framework/corpus/pair_reader.h"

namespace lockstep {
namespace {

/// Reads the whole text once, so that a bad line is found before anything long begins. Returns how many pairs there
/// are.
std::uint64_t check_text(const ParallelFiles& text, const PrepareProgress& progress, std::vector<std::string>& marks) {
  PairReader reader(text);
  std::string_view source;
  std::string_view target;
  std::uint64_t pairs = 0;
  while (reader.next(source, target)) progress("reading", ++pairs, 0);
  marks.insert(marks.end(), reader.byte_order_marks().begin(), reader.byte_order_marks().end());
  return pairs;
}

/// Puts the lines of the pairs that fit into `lines` too, unless it is null.
void encode(const ParallelFiles& text, const Vocabularies& vocabularies, std::uint64_t pairs, PairCollector& into,
            PairLines* lines, const PrepareProgress& progress) {
  PairReader reader(text);
  std::string_view source;
  std::string_view target;
  while (reader.next(source, target)) {
    const bool kept = into.add(vocabularies.source->encode(source), vocabularies.target->encode(target));
    if (kept && lines != nullptr) {
      lines->source.emplace_back(source);
      lines->target.emplace_back(target);
    }
    progress("encoding", into.counts().read, pairs);
  }
}

void refuse_when_empty(const ParallelFiles& text, const PairCounts& counts, std::int64_t max_length) {
  if (counts.kept > 0) return;
  throw DataError(fmt::format(
      "{} and {}: no pair is left of {} ({} with an empty side, {} over corpus.max_length {}); give text with "
      "sentences on both sides",
      text.source.front(), text.target.front(), counts.read, counts.empty, counts.too_long, max_length));
}

}  // namespace

std::string preparation_settings(const CorpusConfiguration& corpus) {
  const VocabularyConfiguration& v = corpus.vocabulary;
  const bool words = v.kind == VocabularyKind::kWord;
  return fmt::format("corpus:\n  vocabulary: {{kind: {}, algorithm: {}, size: {}, joint: {}}}\n  max_length: {}\n",
                     words ? "word" : "sentencepiece", v.algorithm == PieceAlgorithm::kBpe ? "bpe" : "unigram", v.size,
                     v.joint, corpus.max_length);
}

bool is_prepared(const CorpusConfiguration& corpus, const std::filesystem::path& path) {
  if (!std::filesystem::exists(path)) return false;
  const FileDigest text = digest_of_text(corpus);
  try {
    const ParallelCorpus prepared(path);
    return prepared.config() == preparation_settings(corpus) && prepared.text_digest() == to_string(text);
  } catch (const DataError&) {
    return false;
  }
}

PrepareSummary prepare_corpus(const CorpusConfiguration& corpus, const std::filesystem::path& path,
                              const PrepareProgress& progress) {
  const ParallelFiles train{corpus.source, corpus.target};
  const ParallelFiles& validation = corpus.validation;
  PrepareSummary summary;
  const FileDigest text = digest_of_text(corpus);
  const std::uint64_t train_pairs = check_text(train, progress, summary.byte_order_marks);
  const std::uint64_t validation_pairs = check_text(validation, progress, summary.byte_order_marks);
  refuse_when_empty(train, {train_pairs, train_pairs, 0, 0, 0, 0}, corpus.max_length);

  const Vocabularies vocabularies = learn_vocabularies(
      corpus.vocabulary, train, train_pairs,
      [&](std::uint64_t done, std::uint64_t total) { progress("learning the vocabulary", done, total); });

  const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
  const auto max_length = static_cast<std::size_t>(corpus.max_length);
  PairCollector train_part(folder, max_length);
  PairCollector validation_part(folder, max_length);
  const std::uint64_t all_pairs = train_pairs + validation_pairs;
  encode(train, vocabularies, train_pairs, train_part, nullptr, progress);
  PairLines validation_text;
  encode(validation, vocabularies, validation_pairs, validation_part, &validation_text, progress);
  refuse_when_empty(train, train_part.counts(), corpus.max_length);
  if (validation_pairs > 0 || !validation.source.empty()) {
    refuse_when_empty(validation, validation_part.counts(), corpus.max_length);
  }

  progress("writing", 0, all_pairs);
  FileWriter file(path, kCorpusFormat);
  file.write_text("/config", preparation_settings(corpus));
  file.write_text("/text", to_string(text));
  write_vocabularies(file, vocabularies);
  train_part.write(file, "/train");
  validation_part.write(file, "/validation");
  write_validation_text(file, validation_text);
  summary.digest = file.commit();
  summary.train = train_part.counts();
  summary.validation = validation_part.counts();
  return summary;
}

}  // namespace lockstep

#include "framework/corpus/prepare.h"

#include <fmt/format.h>

#include <string_view>

#include "framework/core/errors.h"
#include "framework/corpus/corpus_writer.h"
#include "framework/corpus/learn_vocabulary.h"
#include "framework/corpus/pair_block.h"
#include "framework/corpus/pair_reader.h"

namespace lockstep {
namespace {

/// Pairs between two times that progress is told.
constexpr std::uint64_t kToldPairs = 1024;

/// What the first reading of a text tells.
struct CheckedText {
  TextSize size;
  FilePairDigests digests;
};

/// Reads the whole text once, so that a bad line is found before anything long begins.
CheckedText check_text(const ParallelFiles& text, const PrepareProgress& progress, std::vector<std::string>& marks) {
  PairReader reader(text);
  std::string_view source;
  std::string_view target;
  TextSize size;
  while (reader.next(source, target)) {
    if (size.pairs++ % kToldPairs == 0) progress("reading", size.pairs, 0);
    size.source_bytes += source.size();
    size.target_bytes += target.size();
  }
  marks.insert(marks.end(), reader.byte_order_marks().begin(), reader.byte_order_marks().end());
  return {size, reader.digests()};
}

struct EncodedBlock {
  PairBlock text;
  std::vector<std::vector<Token>> source;
  std::vector<std::vector<Token>> target;
};

/// Puts the lines of the pairs that fit into `lines` too, unless it is null. Throws DataError when the text isn't what
/// was checked.
void encode(const ParallelFiles& text, const CheckedText& checked, const Vocabularies& vocabularies,
            std::size_t threads, PairCollector& into, PairLines* lines, const PrepareProgress& progress) {
  PairReader reader(text);
  work_in_order<EncodedBlock>(
      threads, [&](EncodedBlock& block) { return read_block(reader, block.text); },
      [&](EncodedBlock& block) {
        block.source.resize(block.text.size());
        block.target.resize(block.text.size());
        for (std::size_t i = 0; i < block.text.size(); ++i) {
          block.source[i] = vocabularies.source->encode(block.text.source[i]);
          block.target[i] = vocabularies.target->encode(block.text.target[i]);
        }
      },
      [&](EncodedBlock& block) {
        for (std::size_t i = 0; i < block.text.size(); ++i) {
          if (!into.add(block.source[i], block.target[i]) || lines == nullptr) continue;
          lines->source.emplace_back(block.text.source[i]);
          lines->target.emplace_back(block.text.target[i]);
        }
        progress("encoding", into.counts().read, checked.size.pairs);
      });
  if (reader.digests() != checked.digests) {
    throw DataError(fmt::format("{} and {}: the text changed while it was read; start again when it is complete",
                                text.source.front(), text.target.front()));
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
                              const PrepareProgress& progress, std::size_t threads) {
  const ParallelFiles train{corpus.source, corpus.target};
  const ParallelFiles& validation = corpus.validation;
  PrepareSummary summary;
  const CheckedText checked_train = check_text(train, progress, summary.byte_order_marks);
  const CheckedText checked_validation = check_text(validation, progress, summary.byte_order_marks);
  const std::uint64_t train_pairs = checked_train.size.pairs;
  const std::uint64_t validation_pairs = checked_validation.size.pairs;
  refuse_when_empty(train, {train_pairs, train_pairs, 0, 0, 0, 0}, corpus.max_length);

  const Vocabularies vocabularies = learn_vocabularies(
      corpus.vocabulary, train, checked_train.size, threads,
      [&](std::uint64_t done, std::uint64_t total) { progress("learning the vocabulary", done, total); });

  const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
  const auto max_length = static_cast<std::size_t>(corpus.max_length);
  PairCollector train_part(folder, max_length);
  PairCollector validation_part(folder, max_length);
  encode(train, checked_train, vocabularies, threads, train_part, nullptr, progress);
  PairLines validation_text;
  encode(validation, checked_validation, vocabularies, threads, validation_part, &validation_text, progress);
  refuse_when_empty(train, train_part.counts(), corpus.max_length);
  if (validation_pairs > 0 || !validation.source.empty()) {
    refuse_when_empty(validation, validation_part.counts(), corpus.max_length);
  }

  progress("writing", 0, train_pairs + validation_pairs);
  FileWriter file(path, kCorpusFormat);
  file.write_text("/config", preparation_settings(corpus));
  file.write_text("/text", to_string(digest_of_text(checked_train.digests, checked_validation.digests)));
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

#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "framework/corpus/dataset.h"
#include "framework/corpus/vocabulary.h"
#include "framework/storage/file.h"

namespace lockstep {

/// A corpus file holds, for `train` and `validation` and either side,
///   /train/source/tokens   int32, the sentences one after the other, each with its end-of-sentence token
///   /train/source/offsets  uint64, n + 1: sentence i is tokens[offsets[i]] .. tokens[offsets[i + 1]]
/// and /train/counts/… (below), the vocabularies, /config (what the text was prepared with), /text (digest of the
/// text) and /validation/text/source and target: the lines of the validation pairs as they were, which version 1
/// lacked.
inline constexpr FileFormat kCorpusFormat{"corpus", 2, "prepare it again (lockstep prepare CONFIG --force)", 1};

/// What became of the pairs of a text.
struct PairCounts {
  std::uint64_t read = 0;
  std::uint64_t kept = 0;
  std::uint64_t empty = 0;           ///< left out: nothing on one side
  std::uint64_t too_long = 0;        ///< left out: a side with more tokens than max_length
  std::uint64_t source_unknown = 0;  ///< unknown tokens among those kept
  std::uint64_t target_unknown = 0;
};

/// Lines of both sides, one pair after the other.
struct PairLines {
  std::vector<std::string> source;
  std::vector<std::string> target;
};

/// What ParallelCorpus::validation_text() reads.
void write_validation_text(FileWriter& file, const PairLines& lines);

/// Sentences of one side, mapped from a corpus file.
class MappedSentences {
 public:
  MappedSentences(const FileReader& file, std::string_view group, std::size_t vocabulary_size);

  [[nodiscard]] std::uint64_t size() const { return offsets_.values().size() - 1; }
  [[nodiscard]] std::uint64_t tokens() const { return tokens_.values().size(); }
  [[nodiscard]] std::uint64_t length(std::uint64_t sentence) const {
    const auto offsets = offsets_.values();
    return offsets[sentence + 1] - offsets[sentence];
  }
  [[nodiscard]] std::span<const Token> operator[](std::uint64_t sentence) const {
    return tokens_.values().subspan(offsets_.values()[sentence], length(sentence));
  }

 private:
  MappedArray<Token> tokens_;
  MappedArray<std::uint64_t> offsets_;
};

/// The sentence pairs of one part of a corpus. Lengths count the end-of-sentence token.
class ParallelDataset final : public Dataset {
 public:
  /// `group`: "/train" or "/validation".
  ParallelDataset(const FileReader& file, std::string_view group, const Vocabularies& vocabularies);

  [[nodiscard]] std::uint64_t size() const override { return source_.size(); }
  [[nodiscard]] std::uint64_t sort_key(std::uint64_t example) const override;
  [[nodiscard]] std::uint64_t cost(std::uint64_t example) const override;
  [[nodiscard]] std::uint64_t words(std::uint64_t example) const override { return target_.length(example); }
  void load_into(std::span<const std::uint64_t> examples, Examples& loaded) const override;

  [[nodiscard]] const MappedSentences& source() const { return source_; }
  [[nodiscard]] const MappedSentences& target() const { return target_; }
  [[nodiscard]] const PairCounts& counts() const { return counts_; }

 private:
  MappedSentences source_;
  MappedSentences target_;
  PairCounts counts_;
};

/// A corpus file, mapped and not loaded: memory does not grow with its size. Opening checks its digest, that offsets
/// rise within the tokens, and that every token lies in its vocabulary and sentences end with end-of-sentence; throws
/// DataError.
class ParallelCorpus {
 public:
  explicit ParallelCorpus(const std::filesystem::path& path);

  [[nodiscard]] const ParallelDataset& train() const { return *train_; }
  [[nodiscard]] const ParallelDataset& validation() const { return *validation_; }  ///< may have no example
  /// The text of validation(), line by line, read from the file each time; empty in a file of version 1. Throws
  /// DataError when it isn't as many lines as validation() has pairs.
  [[nodiscard]] PairLines validation_text() const;
  [[nodiscard]] const Vocabularies& vocabularies() const { return vocabularies_; }
  [[nodiscard]] FileDigest digest() const { return digest_; }
  [[nodiscard]] const std::string& config() const { return config_; }
  [[nodiscard]] const std::string& text_digest() const { return text_digest_; }

 private:
  std::unique_ptr<FileReader> file_;  ///< stays open for validation_text(), which few need
  Vocabularies vocabularies_;
  std::unique_ptr<ParallelDataset> train_;
  std::unique_ptr<ParallelDataset> validation_;
  FileDigest digest_;
  std::string config_;
  std::string text_digest_;
};

}  // namespace lockstep

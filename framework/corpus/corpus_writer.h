#pragma once

#include <filesystem>
#include <span>
#include <string_view>
#include <vector>

#include "framework/corpus/dataset.h"
#include "framework/corpus/parallel_corpus.h"
#include "framework/storage/file.h"
#include "framework/storage/scratch_file.h"

namespace lockstep {

/// Collects the sentences of one side on disk, as their number isn't known before the end.
class SentenceCollector {
 public:
  /// On the disk of `folder`.
  explicit SentenceCollector(const std::filesystem::path& folder);

  /// Adds a sentence; the end-of-sentence token is put behind `tokens`.
  void add(std::span<const Token> tokens);
  [[nodiscard]] std::uint64_t tokens() const { return tokens_.size(); }
  /// Writes `tokens` and `offsets` below `group`.
  void write(FileWriter& file, std::string_view group);

 private:
  ScratchFile<Token> tokens_;
  ScratchFile<std::uint64_t> offsets_;
};

/// Collects pairs, leaves out those that don't fit, and counts both.
class PairCollector {
 public:
  /// `max_length`: tokens a side, end-of-sentence not counted.
  PairCollector(const std::filesystem::path& folder, std::size_t max_length);

  /// Returns whether the pair fits.
  bool add(std::span<const Token> source, std::span<const Token> target);
  [[nodiscard]] const PairCounts& counts() const { return counts_; }
  [[nodiscard]] std::uint64_t source_tokens() const { return source_.tokens(); }
  [[nodiscard]] std::uint64_t target_tokens() const { return target_.tokens(); }
  /// Writes both sides and the counts below `group`, "/train" or "/validation".
  void write(FileWriter& file, std::string_view group);

 private:
  std::size_t max_length_;
  SentenceCollector source_;
  SentenceCollector target_;
  PairCounts counts_;
};

}  // namespace lockstep

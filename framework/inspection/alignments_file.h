#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "framework/core/alignment.h"
#include "framework/storage/file.h"

namespace lockstep {

inline constexpr FileFormat kAlignmentsFormat{"alignments", 1, "make it again with lockstep translate or align"};

/// How the last token of a side is shown that stands for the end of the sentence.
inline constexpr const char* kEndOfSentenceText = "</s>";

/// A pair of sentences with its α_ij.
struct AlignedSentence {
  std::uint64_t line = 0;           ///< of the input text, from 0
  double score = 0;                 ///< of the target given the source: what decoding ranked it by
  std::string source_text;          ///< the input line as it was
  std::string target_text;          ///< the translation as plain text
  std::vector<std::string> source;  ///< what each column stands for; kEndOfSentenceText last, if it has a column
  std::vector<std::string> target;  ///< what each row stands for, likewise
  Alignment alignment;              ///< [target.size()][source.size()]
};

/// What made an alignments file.
struct AlignmentsInfo {
  std::string kind;                      ///< "translation" or "forced"
  std::vector<std::string> checkpoints;  ///< paths as they were given
  std::string settings;                  ///< one line for people: beam size and the like
};

/// Writes alignments sentence by sentence in bounded memory (the distinct tokens of both sides apart); the file appears
/// whole, at commit(), or not at all. Throws RunError when the disk is full or fails. n sentences make
///   /kind, /checkpoints, /settings          texts
///   /line [n] uint64, /score [n] float64, /source/text, /target/text [n] texts
///   /source/vocabulary texts, /source/tokens [all] uint32 (into it), /source/begin [n + 1] uint64; /target likewise
///   /alpha/values [all] float32, /alpha/begin [n + 1] uint64: sentence k's matrix [T_y][T_x], row-major
class AlignmentsWriter {
 public:
  AlignmentsWriter(const std::filesystem::path& path, const AlignmentsInfo& info);
  ~AlignmentsWriter();
  AlignmentsWriter(const AlignmentsWriter&) = delete;
  AlignmentsWriter& operator=(const AlignmentsWriter&) = delete;

  void add(const AlignedSentence& sentence);
  void commit();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Reads any sentence of an alignments file. Opening verifies every byte; throws DataError.
class AlignmentsReader {
 public:
  explicit AlignmentsReader(const std::filesystem::path& path);
  ~AlignmentsReader();
  AlignmentsReader(const AlignmentsReader&) = delete;
  AlignmentsReader& operator=(const AlignmentsReader&) = delete;

  [[nodiscard]] const AlignmentsInfo& info() const;
  [[nodiscard]] std::size_t size() const;
  /// Sentence k, in the order of the input.
  [[nodiscard]] AlignedSentence read(std::size_t k) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace lockstep

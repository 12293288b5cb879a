#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "framework/core/configuration.h"
#include "framework/corpus/text_reader.h"
#include "framework/storage/digest.h"

namespace lockstep {

/// A digest of each file of a text, in the files' order.
struct FilePairDigests {
  std::vector<FileDigest> source;
  std::vector<FileDigest> target;
  bool operator==(const FilePairDigests&) const = default;
};

/// The lines of both sides side by side, file after file, in constant memory.
/// Throws DataError as TextReader does, and where two files differ in their number of lines (both names, both counts).
class PairReader {
 public:
  /// `files` must outlive the reader. Throws ConfigError when the sides name different numbers of files.
  explicit PairReader(const ParallelFiles& files, InvalidText invalid = InvalidText::kRefuse);

  /// The next pair of lines; false at the end. The lines are valid until the next call.
  bool next(std::string_view& source, std::string_view& target);
  /// Digests of the files that were read to their end.
  [[nodiscard]] const FilePairDigests& digests() const { return digests_; }
  /// Files so far that began with a byte order mark, which was skipped.
  [[nodiscard]] const std::vector<std::string>& byte_order_marks() const { return byte_order_marks_; }

 private:
  void open(std::size_t file);
  [[noreturn]] void refuse_lengths();

  const ParallelFiles& files_;
  InvalidText invalid_;
  std::size_t file_ = 0;
  std::optional<TextReader> source_;
  std::optional<TextReader> target_;
  std::vector<std::string> byte_order_marks_;
  FilePairDigests digests_;
};

/// One digest for the bytes of all files in their order and places, not for their names.
[[nodiscard]] FileDigest digest_of_text(const FilePairDigests& train, const FilePairDigests& validation);
/// The same from files that weren't read yet. Throws DataError.
[[nodiscard]] FileDigest digest_of_text(const CorpusConfiguration& corpus);

}  // namespace lockstep

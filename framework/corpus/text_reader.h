#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "framework/storage/descriptor.h"
#include "framework/storage/digest.h"

namespace lockstep {

/// Longest line that is taken for text, in bytes.
inline constexpr std::size_t kLongestLine = std::size_t{1} << 20;

/// What becomes of bytes that are not UTF-8, and of NULs: training takes no such text; offline tools read each as
/// U+FFFD and say so once, on the log, unless they are told to refuse it.
enum class InvalidText { kRefuse, kReplace };

/// The name of standard input where a text file is asked for.
inline constexpr std::string_view kStandardInput = "-";

/// The lines of a UTF-8 file or of standard input, one by one, in constant memory. Lines end at \n alone, so that line
/// n of one side stays line n of the other whatever else the text holds; a \r before it stays in the line. A byte order
/// mark in front is skipped. Throws DataError (file, line) for a missing file, a line over kLongestLine and, if it
/// refuses them, invalid UTF-8 and NUL; RunError where mpirun may have damaged standard input.
class TextReader {
 public:
  explicit TextReader(const std::filesystem::path& path, InvalidText invalid = InvalidText::kRefuse);

  /// The next line, without its \n; false at the end. `line` is valid until the next call.
  bool next(std::string_view& line);
  /// Number of the line that next() gave last, from 1; after the end, how many there are.
  [[nodiscard]] std::uint64_t line_number() const { return line_number_; }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] bool had_byte_order_mark() const { return had_byte_order_mark_; }
  /// Of all bytes of the file, once next() has told its end.
  [[nodiscard]] FileDigest digest() const { return digester_.digest(); }

 private:
  bool fill();
  /// What is wrong with the line that was read last; nothing when all is well.
  [[nodiscard]] std::optional<std::string> fault(std::string_view line) const;

  std::filesystem::path path_;
  Descriptor file_;
  bool forwarded_ = false;  ///< standard input comes through PRRTE (forwarded_streams.h)
  Digester digester_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;  ///< of what was not given out yet, in buffer_
  std::size_t end_ = 0;
  InvalidText invalid_;
  std::string replaced_;  ///< the last line, if something in it had to be replaced
  bool warned_ = false;
  std::uint64_t line_number_ = 0;
  bool had_byte_order_mark_ = false;
};

}  // namespace lockstep

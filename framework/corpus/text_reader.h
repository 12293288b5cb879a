#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "framework/storage/descriptor.h"

namespace lockstep {

/// Longest line that is taken for text, in bytes.
inline constexpr std::size_t kLongestLine = std::size_t{1} << 20;

/// The lines of a UTF-8 file, one by one, in constant memory. Lines end at \n alone, so that line n of one side stays
/// line n of the other whatever else the text holds; a \r before it stays in the line. A byte order mark in front is
/// skipped. Throws DataError (file, line) for a missing file, invalid UTF-8, a NUL and a line over kLongestLine.
class TextReader {
 public:
  explicit TextReader(std::filesystem::path path);

  /// The next line, without its \n; false at the end. `line` is valid until the next call.
  bool next(std::string_view& line);
  /// Number of the line that next() gave last, from 1; after the end, how many there are.
  [[nodiscard]] std::uint64_t line_number() const { return line_number_; }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] bool had_byte_order_mark() const { return had_byte_order_mark_; }

 private:
  bool fill();
  void check(std::string_view line) const;

  std::filesystem::path path_;
  Descriptor file_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;  ///< of what was not given out yet, in buffer_
  std::size_t end_ = 0;
  std::uint64_t offset_ = 0;  ///< of the next byte to read, in the file
  std::uint64_t line_number_ = 0;
  bool had_byte_order_mark_ = false;
};

}  // namespace lockstep

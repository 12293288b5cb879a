#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "framework/storage/whole_file.h"

namespace lockstep {

/// The name of standard output where a file to write is asked for.
inline constexpr std::string_view kStandardOutput = "-";

/// Text that a program writes: to standard output as it comes, or to a file that appears whole, at commit(), or not at
/// all. Throws RunError (path, cause) when the disk is full or nobody reads the pipe any more; a program that wants to
/// get that error ignores SIGPIPE.
class TextOutput {
 public:
  explicit TextOutput(const std::filesystem::path& path);

  /// `text` and a newline.
  void line(std::string_view text);
  /// Hands on to a reader at the other end of a pipe what was written so far.
  void flush();
  /// Makes a file appear under its name.
  void commit();

 private:
  std::optional<WholeFile> file_;  ///< none: standard output
  bool forwarded_ = false;         ///< standard output goes through PRRTE (forwarded_streams.h)
  std::string pending_;            ///< whole lines that wait to be handed over to it
};

}  // namespace lockstep

#pragma once

#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>

namespace lockstep {

/// The name of standard output where a file to write is asked for.
inline constexpr std::string_view kStandardOutput = "-";

/// Text that a program writes: to standard output as it comes, or to a file that appears whole, at commit(), or not at
/// all. Throws RunError (path, cause) when the disk is full or nobody reads the pipe any more; a program that wants to
/// get that error ignores SIGPIPE.
class TextOutput {
 public:
  explicit TextOutput(const std::filesystem::path& path);
  ~TextOutput();
  TextOutput(const TextOutput&) = delete;
  TextOutput& operator=(const TextOutput&) = delete;

  void write(std::string_view text);
  /// `text` and a newline.
  void line(std::string_view text);
  /// Hands on to a reader at the other end of a pipe what was written so far.
  void flush();
  /// Makes a file appear under its name.
  void commit();

 private:
  void check(bool good);

  std::filesystem::path path_;
  std::filesystem::path temporary_;  ///< empty for standard output
  std::FILE* stream_;
};

}  // namespace lockstep

#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "framework/storage/descriptor.h"
#include "framework/storage/file_system.h"

namespace lockstep {

/// Any file (a page, a picture) that appears whole or not at all: a temporary name beside it, synced, renamed, its
/// folder synced. Without commit() the destructor removes the temporary file. Throws RunError (path, cause) when the
/// disk is full or fails.
class WholeFile {
 public:
  /// `files` must outlive it.
  explicit WholeFile(std::filesystem::path path, const FileSystem& files = disk());
  ~WholeFile();
  WholeFile(const WholeFile&) = delete;
  WholeFile& operator=(const WholeFile&) = delete;

  void append(std::string_view bytes);
  /// Makes the file appear under its name.
  void commit();

 private:
  void flush();
  void check(int error) const;

  const FileSystem& files_;
  std::filesystem::path path_;
  std::filesystem::path temporary_;
  Descriptor file_;
  std::uint64_t written_ = 0;
  std::string buffer_;
};

/// A whole file at once.
void write_file(const std::filesystem::path& path, std::string_view bytes);

}  // namespace lockstep

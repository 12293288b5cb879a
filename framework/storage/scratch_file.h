#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>
#include <vector>

#include "framework/storage/descriptor.h"
#include "framework/storage/file.h"

namespace lockstep {

/// A growing array on disk that has no name, so that it is gone when its owner is: for data too large for memory whose
/// final size isn't known yet. Throws RunError (folder, cause) when the disk is full or fails.
template <typename T>
class ScratchFile {
 public:
  /// On the disk of `folder`, which exists.
  explicit ScratchFile(std::filesystem::path folder, const FileSystem& files = disk());

  void append(std::span<const T> values);
  [[nodiscard]] std::uint64_t size() const { return written_ + buffer_.size(); }
  /// Elements [offset, offset + into.size()), which have been appended before.
  void read(std::uint64_t offset, std::span<T> into);

 private:
  void flush();

  const FileSystem& files_;
  std::filesystem::path folder_;
  Descriptor file_;
  std::uint64_t written_ = 0;
  std::vector<T> buffer_;
};

/// Writes all elements as a dataset of one dimension.
template <typename T>
void write_scratch(ScratchFile<T>& from, FileWriter& file, std::string_view name);

}  // namespace lockstep

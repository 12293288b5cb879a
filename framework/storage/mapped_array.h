#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <utility>

namespace lockstep {

/// Bytes of a dataset inside its file.
struct FileRange {
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
};

/// A read-only map of some bytes of a file: pages come in as they are touched and are shared by all processes of a
/// host.
class MappedRange {
 public:
  MappedRange() = default;
  /// Maps the bytes `range` of the open file `descriptor`, which may be closed afterwards. Throws DataError with
  /// `path` when the range does not lie in the file, RunError when the system can't map it.
  MappedRange(int descriptor, FileRange range, const std::filesystem::path& path);
  ~MappedRange();
  MappedRange(MappedRange&& other) noexcept;
  MappedRange& operator=(MappedRange&& other) noexcept;

  [[nodiscard]] std::span<const std::byte> bytes() const { return bytes_; }
  /// Lets the system take back the pages that were touched; touching them again brings them back.
  void release_pages() const;

 private:
  void unmap();

  void* pages_ = nullptr;
  std::size_t length_ = 0;  ///< of the mapped pages, from pages_ on
  std::span<const std::byte> bytes_;
};

/// A dataset that is mapped, not loaded.
template <typename T>
class MappedArray {
 public:
  MappedArray() = default;
  /// The range holds whole elements at an address that is aligned for T.
  explicit MappedArray(MappedRange range) : range_(std::move(range)) {}

  [[nodiscard]] std::span<const T> values() const {
    const std::span<const std::byte> bytes = range_.bytes();
    return {reinterpret_cast<const T*>(bytes.data()), bytes.size() / sizeof(T)};
  }
  void release_pages() const { range_.release_pages(); }

 private:
  MappedRange range_;
};

}  // namespace lockstep

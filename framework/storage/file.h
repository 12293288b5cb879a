#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "framework/storage/digest.h"
#include "framework/storage/file_system.h"
#include "framework/storage/mapped_array.h"

namespace lockstep {

/// What kind of file it is; name and version stand with the digest in the HDF5 user block.
struct FileFormat {
  std::string_view name;  ///< "corpus", "checkpoint", "alignments": at most 31 bytes
  std::uint32_t version;
  std::string_view remedy = "make it again";  ///< what helps when the file is bad; ends an error's line
  std::uint32_t oldest_read = 0;              ///< the oldest version that is read; 0: `version` alone
};

/// Element types that files hold.
enum class ElementType { kUInt8, kInt32, kUInt32, kInt64, kUInt64, kFloat32, kFloat64 };

/// Writes one HDF5 file that appears whole or not at all: a temporary name beside it, closed, digested, synced, read
/// back, renamed, its folder synced. Without commit() the destructor removes the temporary file. Equal contents written
/// in equal order make equal bytes. Throws RunError (path, cause) when the disk is full or fails.
class FileWriter {
 public:
  /// `files` must outlive it.
  FileWriter(std::filesystem::path path, FileFormat format, const FileSystem& files = disk());
  ~FileWriter();
  FileWriter(const FileWriter&) = delete;
  FileWriter& operator=(const FileWriter&) = delete;

  /// A whole dataset; groups on the way ("a/b/c") are made. The product of `shape` is values.size().
  template <typename T>
  void write(std::string_view name, std::span<const T> values, std::span<const std::uint64_t> shape);
  template <typename T>
  void write(std::string_view name, std::span<const T> values);  // one dimension

  /// A contiguous dataset that is filled piece by piece with write_part.
  void create(std::string_view name, ElementType type, std::span<const std::uint64_t> shape);
  /// Elements [offset, offset + values.size()) of the dataset's row-major order.
  template <typename T>
  void write_part(std::string_view name, std::uint64_t offset, std::span<const T> values);

  /// UTF-8 text, without NUL, as one scalar string; texts as a list of strings.
  void write_text(std::string_view name, std::string_view text);
  void write_texts(std::string_view name, std::span<const std::string> texts);
  /// A list of `count` strings that is filled piece by piece with write_texts_part.
  void create_texts(std::string_view name, std::uint64_t count);
  void write_texts_part(std::string_view name, std::uint64_t offset, std::span<const std::string> texts);

  /// Makes the file appear under its name and returns its digest.
  FileDigest commit();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Reads a file of ours. Opening checks the user block, format, version and the digest over every byte, and throws
/// DataError (path, what is wrong, what to do) before HDF5 sees a byte of it. A dataset that is absent, of another
/// element type or larger than its file is a DataError too, before memory is taken for it.
/// Element types of T: those of ElementType. HDF5 has no locks here: use readers and writers from one thread.
class FileReader {
 public:
  FileReader(std::filesystem::path path, FileFormat format);
  ~FileReader();
  FileReader(const FileReader&) = delete;
  FileReader& operator=(const FileReader&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const;
  [[nodiscard]] FileDigest digest() const;
  [[nodiscard]] bool has(std::string_view name) const;
  /// Names of the datasets and groups directly below a group, sorted.
  [[nodiscard]] std::vector<std::string> list(std::string_view group) const;
  [[nodiscard]] std::vector<std::uint64_t> shape(std::string_view name) const;
  template <typename T>
  [[nodiscard]] std::vector<T> read(std::string_view name) const;
  /// Elements [offset, offset + into.size()) of the dataset's row-major order.
  template <typename T>
  void read_part(std::string_view name, std::uint64_t offset, std::span<T> into) const;
  [[nodiscard]] std::string read_text(std::string_view name) const;
  [[nodiscard]] std::vector<std::string> read_texts(std::string_view name) const;
  /// Strings [offset, offset + count) of a list.
  [[nodiscard]] std::vector<std::string> read_texts_part(std::string_view name, std::uint64_t offset,
                                                         std::uint64_t count) const;
  /// Where the bytes of a contiguous dataset lie in the file.
  [[nodiscard]] FileRange range(std::string_view name) const;
  /// The whole dataset as mapped pages, which outlive the reader and take no memory of the process's own.
  template <typename T>
  [[nodiscard]] MappedArray<T> map(std::string_view name) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The format's name of a file of ours, whatever it is, from its user block alone; nothing for any other file.
/// Throws DataError when the file can't be read.
[[nodiscard]] std::optional<std::string> file_format_name(const std::filesystem::path& path);

}  // namespace lockstep

#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>

#include "framework/storage/descriptor.h"

namespace lockstep {

/// Everything that files of ours ask of the system in order to change something on disk, so that a test can stand in
/// for it: a full disk, a power loss, a crash between any two steps. Reading goes past it. Each function returns the
/// system's error number, 0 when all went well, and may be called from several threads.
class FileSystem {
 public:
  FileSystem() = default;
  virtual ~FileSystem() = default;
  FileSystem(const FileSystem&) = delete;
  FileSystem& operator=(const FileSystem&) = delete;

  /// An empty file to write and read, in place of one that bears the name; the user's umask decides who may read it.
  [[nodiscard]] virtual int create(const std::filesystem::path& path, Descriptor& file) const = 0;
  /// A file without a name on the disk of `folder`, to write and read.
  [[nodiscard]] virtual int create_unnamed(const std::filesystem::path& folder, Descriptor& file) const = 0;
  /// A file to write and read, made when there is none.
  [[nodiscard]] virtual int open(const std::filesystem::path& path, Descriptor& file) const = 0;
  /// All bytes at `offset`; after an error some of them may have been written.
  [[nodiscard]] virtual int write(const Descriptor& file, std::uint64_t offset,
                                  std::span<const std::byte> bytes) const = 0;
  [[nodiscard]] virtual int truncate(const Descriptor& file, std::uint64_t length) const = 0;
  /// The file's bytes outlive a power loss from here on, but its name only after sync_folder.
  [[nodiscard]] virtual int sync(const Descriptor& file) const = 0;
  /// Names that were made, changed or removed in the folder outlive a power loss from here on.
  [[nodiscard]] virtual int sync_folder(const std::filesystem::path& folder) const = 0;
  [[nodiscard]] virtual int rename(const std::filesystem::path& from, const std::filesystem::path& to) const = 0;
  /// Another name of a file; fails where the file system has no links.
  [[nodiscard]] virtual int link(const std::filesystem::path& file, const std::filesystem::path& name) const = 0;
  /// No error when there is none of that name.
  [[nodiscard]] virtual int remove(const std::filesystem::path& path) const = 0;
  /// No error when it is there. The folder above exists.
  [[nodiscard]] virtual int create_folder(const std::filesystem::path& folder) const = 0;
};

/// The system itself.
[[nodiscard]] const FileSystem& disk();

/// The name under which a file of this path is written before it appears.
[[nodiscard]] std::filesystem::path temporary_name(std::filesystem::path path);

/// The folder that holds `path`.
[[nodiscard]] std::filesystem::path folder_of(const std::filesystem::path& path);

/// Makes a folder and those above it that are absent, so that they outlive a power loss. Throws RunError.
void create_folders(const std::filesystem::path& folder, const FileSystem& files);

}  // namespace lockstep

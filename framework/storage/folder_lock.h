#pragma once

#include <chrono>
#include <filesystem>

#include "framework/storage/descriptor.h"
#include "framework/storage/file_system.h"

namespace lockstep {

/// A folder that one process works in: the file `lock` in it, which says who that is, is locked until the object or its
/// process ends, however it ends. It works across hosts where their file system's locks do.
class FolderLock {
 public:
  /// Waits for up to `patience`, since processes of a run that was killed may take a moment to die. Throws RunError
  /// with process and host of who holds it. A file system without locks is a warning, and no lock.
  FolderLock(const std::filesystem::path& folder, std::chrono::milliseconds patience, const FileSystem& files = disk());

 private:
  Descriptor file_;
};

}  // namespace lockstep

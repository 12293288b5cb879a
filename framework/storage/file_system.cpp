#include "framework/storage/file_system.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <string>

#include "framework/core/errors.h"

namespace lockstep {
namespace {

int error_of(int result) {
  return result == 0 ? 0 : errno;
}

int take(int number, Descriptor& file) {
  if (number < 0) return errno;
  file = Descriptor(number);
  return 0;
}

class Disk final : public FileSystem {
 public:
  int create(const std::filesystem::path& path, Descriptor& file) const override {
    return take(::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666), file);
  }

  int create_unnamed(const std::filesystem::path& folder, Descriptor& file) const override {
    std::string name = (folder / "scratch.XXXXXX").string();
    const int error = take(::mkostemp(name.data(), O_CLOEXEC), file);
    if (error == 0) ::unlink(name.c_str());
    return error;
  }

  int open(const std::filesystem::path& path, Descriptor& file) const override {
    return take(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666), file);
  }

  int write(const Descriptor& file, std::uint64_t offset, std::span<const std::byte> bytes) const override {
    std::size_t done = 0;
    while (done < bytes.size()) {
      const ssize_t count =
          ::pwrite(file.number(), bytes.data() + done, bytes.size() - done, static_cast<off_t>(offset + done));
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return errno;
      if (count == 0) return ENOSPC;
      done += static_cast<std::size_t>(count);
    }
    return 0;
  }

  int truncate(const Descriptor& file, std::uint64_t length) const override {
    return error_of(::ftruncate(file.number(), static_cast<off_t>(length)));
  }

  int sync(const Descriptor& file) const override { return error_of(::fsync(file.number())); }

  int sync_folder(const std::filesystem::path& folder) const override {
    const Descriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!opened.is_open()) return errno;
    return error_of(::fsync(opened.number()));
  }

  int rename(const std::filesystem::path& from, const std::filesystem::path& to) const override {
    return error_of(::rename(from.c_str(), to.c_str()));
  }

  int link(const std::filesystem::path& file, const std::filesystem::path& name) const override {
    return error_of(::link(file.c_str(), name.c_str()));
  }

  int remove(const std::filesystem::path& path) const override {
    const int error = error_of(::unlink(path.c_str()));
    return error == ENOENT ? 0 : error;
  }

  int create_folder(const std::filesystem::path& folder) const override {
    const int error = error_of(::mkdir(folder.c_str(), 0777));
    return error == EEXIST && std::filesystem::is_directory(folder) ? 0 : error;
  }
};

}  // namespace

const FileSystem& disk() {
  static const Disk instance;  // holds nothing
  return instance;
}

std::filesystem::path temporary_name(std::filesystem::path path) {
  return path += ".tmp";
}

std::filesystem::path folder_of(const std::filesystem::path& path) {
  const std::filesystem::path folder = path.parent_path();
  return folder.empty() ? "." : folder;
}

void create_folders(const std::filesystem::path& folder, const FileSystem& files) {
  std::error_code ignored;
  if (folder.empty() || std::filesystem::is_directory(folder, ignored)) return;
  create_folders(folder.parent_path(), files);
  int error = files.create_folder(folder);
  if (error == 0) error = files.sync_folder(folder_of(folder));
  if (error != 0) throw RunError(write_failure(folder, error));
}

}  // namespace lockstep

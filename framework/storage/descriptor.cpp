#include "framework/storage/descriptor.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "framework/core/errors.h"

namespace lockstep {

Descriptor::~Descriptor() {
  close();
}

Descriptor::Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  if (this != &other) {
    close();
    number_ = std::exchange(other.number_, -1);
  }
  return *this;
}

int Descriptor::close() {
  if (number_ < 0) return 0;
  return ::close(std::exchange(number_, -1)) == 0 ? 0 : errno;
}

Descriptor open_to_read(const std::filesystem::path& path) {
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) {
    throw DataError(fmt::format("{}: can't be opened: {}; check the path", path.string(), system_message(errno)));
  }
  struct stat status {};
  if (::fstat(file.number(), &status) != 0 || S_ISDIR(status.st_mode)) {
    throw DataError(fmt::format("{}: is a folder, not a file; check the path", path.string()));
  }
  return file;
}

std::uint64_t file_length(const Descriptor& file) {
  struct stat status {};
  if (::fstat(file.number(), &status) != 0) return 0;
  return static_cast<std::uint64_t>(status.st_size);
}

std::ptrdiff_t read_at(int descriptor, std::uint64_t offset, std::span<std::byte> bytes) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t count =
        ::pread(descriptor, bytes.data() + done, bytes.size() - done, static_cast<off_t>(offset + done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return -1;
    if (count == 0) break;
    done += static_cast<std::size_t>(count);
  }
  return static_cast<std::ptrdiff_t>(done);
}

std::ptrdiff_t read_next(int descriptor, std::span<std::byte> bytes) {
  ssize_t count = 0;
  do {
    count = ::read(descriptor, bytes.data(), bytes.size());
  } while (count < 0 && errno == EINTR);
  return count;
}

std::string system_message(int error) {
  return std::generic_category().message(error);
}

std::string write_failure(const std::filesystem::path& path, int error) {
  const char* remedy = error == ENOSPC || error == EDQUOT ? "make room on the disk and start again"
                                                          : "check the disk and its rights, and start again";
  return fmt::format("{}: can't be written: {}; {}", path.string(), system_message(error), remedy);
}

}  // namespace lockstep

#include "framework/storage/mapped_array.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "framework/core/errors.h"
#include "framework/storage/descriptor.h"

namespace lockstep {

MappedRange::MappedRange(int descriptor, FileRange range, const std::filesystem::path& path) {
  if (range.bytes == 0) return;
  // Touching a page behind the end of the file would end the process with SIGBUS.
  struct stat status {};
  const bool known = ::fstat(descriptor, &status) == 0;
  const std::uint64_t length = known ? static_cast<std::uint64_t>(status.st_size) : 0;
  if (range.offset > length || range.bytes > length - range.offset) {
    throw DataError(fmt::format("{}: ends before its contents do; make it again", path.string()));
  }
  const std::uint64_t page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  const std::uint64_t start = range.offset / page * page;
  length_ = range.offset - start + range.bytes;
  void* pages = ::mmap(nullptr, length_, PROT_READ, MAP_SHARED, descriptor, static_cast<off_t>(start));
  if (pages == MAP_FAILED) {
    throw RunError(fmt::format("{}: can't be mapped to memory: {}; check the limits on address space (ulimit -v)",
                               path.string(), system_message(errno)));
  }
  pages_ = pages;
  bytes_ = {static_cast<const std::byte*>(pages) + (range.offset - start), range.bytes};
}

MappedRange::~MappedRange() {
  unmap();
}

MappedRange::MappedRange(MappedRange&& other) noexcept
    : pages_(std::exchange(other.pages_, nullptr)),
      length_(std::exchange(other.length_, 0)),
      bytes_(std::exchange(other.bytes_, {})) {}

MappedRange& MappedRange::operator=(MappedRange&& other) noexcept {
  if (this != &other) {
    unmap();
    pages_ = std::exchange(other.pages_, nullptr);
    length_ = std::exchange(other.length_, 0);
    bytes_ = std::exchange(other.bytes_, {});
  }
  return *this;
}

void MappedRange::release_pages() const {
  if (pages_ != nullptr) ::madvise(pages_, length_, MADV_DONTNEED);
}

void MappedRange::unmap() {
  if (pages_ != nullptr) ::munmap(pages_, length_);
}

}  // namespace lockstep

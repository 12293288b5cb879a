#pragma once

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "framework/core/errors.h"

namespace lockstep::fuzzing {

/// A file in memory that programs can open by its path.
class MemoryFile {
 public:
  MemoryFile() : number_(::memfd_create("fuzzed", MFD_CLOEXEC)), path_("/proc/self/fd/" + std::to_string(number_)) {}

  void set(std::string_view bytes) const {
    if (::ftruncate(number_, 0) != 0) std::abort();
    if (::pwrite(number_, bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) std::abort();
  }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  int number_;
  std::string path_;
};

/// A folder in memory, where there is one, of this process and gone with it.
class Folder {
 public:
  Folder() {
    const bool in_memory = std::filesystem::is_directory("/dev/shm");
    const std::filesystem::path above = in_memory ? "/dev/shm" : std::filesystem::temp_directory_path();
    std::string name = above / "lockstep-fuzz-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    path_ = name;
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

/// What a user would call right: `look` does its work, or ends with an error that says what is wrong. Any other
/// exception ends the fuzzer. True when the work was done.
template <typename Look>
bool works_or_refuses(const Look& look) {
  try {
    look();
    return true;
  } catch (const Error&) {
    return false;
  }
}

/// Ends the fuzzer where a promise is broken.
inline void require(bool kept) {
  if (!kept) std::abort();
}

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// The first part of `rest` up to a byte 0xFF, which no UTF-8 holds; takes it away.
inline std::string_view take_part(std::string_view& rest) {
  const std::size_t end = std::min(rest.find('\xFF'), rest.size());
  const std::string_view part = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return part;
}

}  // namespace lockstep::fuzzing

#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

namespace lockstep {

/// Owns an open file of the system.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor();
  Descriptor(Descriptor&& other) noexcept;
  Descriptor& operator=(Descriptor&& other) noexcept;

  [[nodiscard]] int number() const { return number_; }
  [[nodiscard]] bool is_open() const { return number_ >= 0; }
  /// Closes and returns the system's error number, 0 when all went well.
  int close();

 private:
  int number_ = -1;
};

/// Opens for reading. Throws DataError with path and cause.
[[nodiscard]] Descriptor open_to_read(const std::filesystem::path& path);

/// Bytes of an open file.
[[nodiscard]] std::uint64_t file_length(const Descriptor& file);

/// Reads up to bytes.size() bytes at `offset`: fewer only at the end of the file. Returns how many, or -1 with errno
/// set.
[[nodiscard]] std::ptrdiff_t read_at(int descriptor, std::uint64_t offset, std::span<std::byte> bytes);

/// Reads what comes next, from a pipe too: one byte at least, unless it is the end (0). Returns how many, or -1 with
/// errno set.
[[nodiscard]] std::ptrdiff_t read_next(int descriptor, std::span<std::byte> bytes);

/// The system's words for an error number.
[[nodiscard]] std::string system_message(int error);

/// The line of a RunError for a file that could not be written.
[[nodiscard]] std::string write_failure(const std::filesystem::path& path, int error);

}  // namespace lockstep

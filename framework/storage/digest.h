#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace lockstep {

/// 128 bits of XXH3, as 32 hexadecimal digits in text. A file's digest covers every byte of the file, with the digest's
/// own place counted as zeros.
struct FileDigest {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  bool operator==(const FileDigest&) const = default;
};
[[nodiscard]] std::string to_string(const FileDigest& digest);

/// Takes bytes piece by piece; the digest depends on the bytes alone, not on where they were cut.
class Digester {
 public:
  Digester();
  ~Digester();
  Digester(Digester&&) noexcept;
  Digester& operator=(Digester&&) noexcept;

  void add(std::span<const std::byte> bytes);
  void add(std::string_view text);
  [[nodiscard]] FileDigest digest() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The digest of all bytes of any file, in constant memory. Throws DataError when it can't be read.
[[nodiscard]] FileDigest digest_of_file(const std::filesystem::path& path);

}  // namespace lockstep

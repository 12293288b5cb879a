#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>
#include <vector>

#include "framework/storage/descriptor.h"

namespace lockstep {

/// A little-endian number at bytes[at].
template <typename Integer>
[[nodiscard]] Integer little(std::span<const std::uint8_t> bytes, std::size_t at) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < sizeof(Integer); ++i) value |= std::uint64_t{bytes[at + i]} << (8 * i);
  return static_cast<Integer>(value);
}

/// Four letters as little() reads them.
[[nodiscard]] constexpr std::uint32_t signature(const char (&letters)[5]) {
  std::uint32_t value = 0;
  for (int i = 3; i >= 0; --i) value = value << 8 | static_cast<std::uint8_t>(letters[i]);
  return value;
}

/// The bytes of a file of ours behind its user block, where HDF5 counts addresses from; owned by nobody here.
class StructureBytes {
 public:
  StructureBytes(const Descriptor& file, const std::filesystem::path& path, std::string_view remedy);

  /// Where they end.
  [[nodiscard]] std::uint64_t end() const { return end_; }
  [[nodiscard]] bool holds(std::uint64_t address, std::uint64_t size) const {
    return address <= end_ && size <= end_ - address;
  }
  /// Throws DataError when they don't lie in the file, before memory is taken.
  [[nodiscard]] std::vector<std::uint8_t> read(std::uint64_t address, std::uint64_t size) const;

  /// Throws DataError: what is here is none of ours.
  [[noreturn]] void refuse(std::string_view what, std::uint64_t address) const;
  void require(bool holds, std::string_view what, std::uint64_t address) const {
    if (!holds) refuse(what, address);
  }

 private:
  const Descriptor& file_;
  const std::filesystem::path& path_;
  std::string_view remedy_;
  std::uint64_t end_;
};

}  // namespace lockstep

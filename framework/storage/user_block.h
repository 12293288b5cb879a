#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "framework/storage/descriptor.h"
#include "framework/storage/file.h"

namespace lockstep {

/// The bytes in front of a file of ours that HDF5 leaves to us.
inline constexpr std::size_t kUserBlockBytes = 512;

/// What stands in the user block. Numbers are little-endian:
///   0 "LOCKSTEP" | 8 format name, 32 bytes, zeros behind | 40 format version, 4 bytes | 48 length of the file, 8 bytes
///   | 64 digest, 16 bytes, highest first | zeros to 512
struct UserBlock {
  std::string format;
  std::uint32_t version = 0;
  std::uint64_t length = 0;
  FileDigest digest;
};

[[nodiscard]] std::array<std::byte, kUserBlockBytes> encode(const UserBlock& block);

/// Nothing when the bytes aren't the start of a file of ours.
[[nodiscard]] std::optional<UserBlock> decode_user_block(std::span<const std::byte> bytes);

/// The digest that `file` must bear when its user block is `block`: over all bytes, read in constant memory.
/// Throws DataError with `path` when the file can't be read.
[[nodiscard]] FileDigest digest_with_block(const Descriptor& file, UserBlock block, const std::filesystem::path& path);

/// Checks everything that opening promises, and returns the user block. Throws DataError.
UserBlock check_file(const Descriptor& file, const FileFormat& format, const std::filesystem::path& path);

}  // namespace lockstep

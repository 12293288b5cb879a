#include "framework/storage/user_block.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

#include "framework/core/errors.h"
#include "framework/storage/hdf5_structure.h"

namespace lockstep {
namespace {

constexpr std::string_view kMagic = "LOCKSTEP";
constexpr std::size_t kNameAt = 8;
constexpr std::size_t kNameBytes = 32;
constexpr std::size_t kVersionAt = 40;
constexpr std::size_t kLengthAt = 48;
constexpr std::size_t kDigestAt = 64;
constexpr std::size_t kPieceBytes = std::size_t{1} << 18;

template <typename Integer>
void put_little(std::span<std::byte> to, Integer value) {
  for (std::size_t i = 0; i < sizeof(Integer); ++i) to[i] = static_cast<std::byte>(value >> (8 * i) & 0xff);
}

template <typename Integer>
Integer get_little(std::span<const std::byte> from) {
  Integer value = 0;
  for (std::size_t i = 0; i < sizeof(Integer); ++i) value |= static_cast<Integer>(from[i]) << (8 * i);
  return value;
}

void put_big(std::span<std::byte> to, std::uint64_t value) {
  put_little(to, value);
  std::reverse(to.begin(), to.begin() + 8);
}

std::uint64_t get_big(std::span<const std::byte> from) {
  std::array<std::byte, 8> bytes{};
  std::reverse_copy(from.begin(), from.begin() + 8, bytes.begin());
  return get_little<std::uint64_t>(bytes);
}

std::size_t read_or_throw(const Descriptor& file, std::uint64_t offset, std::span<std::byte> into,
                          const std::filesystem::path& path) {
  const std::ptrdiff_t count = read_at(file.number(), offset, into);
  if (count < 0) {
    throw DataError(fmt::format("{}: can't be read: {}; check the disk", path.string(), system_message(errno)));
  }
  return static_cast<std::size_t>(count);
}

}  // namespace

std::array<std::byte, kUserBlockBytes> encode(const UserBlock& block) {
  assert(block.format.size() < kNameBytes);
  std::array<std::byte, kUserBlockBytes> bytes{};
  const std::span<std::byte> all(bytes);
  std::memcpy(bytes.data(), kMagic.data(), kMagic.size());
  std::memcpy(bytes.data() + kNameAt, block.format.data(), block.format.size());
  put_little(all.subspan(kVersionAt, 4), block.version);
  put_little(all.subspan(kLengthAt, 8), block.length);
  put_big(all.subspan(kDigestAt, 8), block.digest.high);
  put_big(all.subspan(kDigestAt + 8, 8), block.digest.low);
  return bytes;
}

std::optional<UserBlock> decode_user_block(std::span<const std::byte> bytes) {
  if (bytes.size() < kUserBlockBytes || std::memcmp(bytes.data(), kMagic.data(), kMagic.size()) != 0) return {};
  std::string name(kNameBytes, '\0');
  std::memcpy(name.data(), bytes.data() + kNameAt, kNameBytes);
  if (name.back() != '\0') return {};
  name.resize(name.find('\0'));
  const bool plain = std::ranges::all_of(name, [](char c) { return (c >= 'a' && c <= 'z') || c == '-'; });
  if (name.empty() || !plain) return {};
  return UserBlock{name,
                   get_little<std::uint32_t>(bytes.subspan(kVersionAt, 4)),
                   get_little<std::uint64_t>(bytes.subspan(kLengthAt, 8)),
                   {get_big(bytes.subspan(kDigestAt, 8)), get_big(bytes.subspan(kDigestAt + 8, 8))}};
}

FileDigest digest_with_block(const Descriptor& file, UserBlock block, const std::filesystem::path& path) {
  block.digest = {};
  Digester digester;
  digester.add(encode(block));
  std::vector<std::byte> piece(kPieceBytes);
  std::uint64_t offset = kUserBlockBytes;
  while (const std::size_t count = read_or_throw(file, offset, piece, path)) {
    digester.add(std::span(piece).first(count));
    offset += count;
  }
  return digester.digest();
}

UserBlock check_file(const Descriptor& file, const FileFormat& format, const std::filesystem::path& path) {
  std::array<std::byte, kUserBlockBytes> bytes{};
  const std::size_t count = read_or_throw(file, 0, bytes, path);
  const std::optional<UserBlock> block = decode_user_block(std::span(bytes).first(count));
  if (!block) {
    throw DataError(fmt::format("{}: is not a {} file of Lockstep, or its first bytes are damaged; {}", path.string(),
                                format.name, format.remedy));
  }
  if (block->format != format.name) {
    throw DataError(fmt::format("{}: is a {} file where a {} file is expected; check the path", path.string(),
                                block->format, format.name));
  }
  const std::uint32_t oldest = format.oldest_read == 0 ? format.version : format.oldest_read;
  if (block->version < oldest || block->version > format.version) {
    const std::string read = oldest == format.version ? fmt::format("version {}", format.version)
                                                      : fmt::format("versions {} to {}", oldest, format.version);
    throw DataError(fmt::format("{}: is in version {} of the {} format, and this program reads {}; {}", path.string(),
                                block->version, format.name, read,
                                block->version > format.version ? "use a newer Lockstep" : format.remedy));
  }
  const std::uint64_t length = file_length(file);
  if (block->length != length) {
    throw DataError(fmt::format("{}: is damaged (it has {} bytes, and had {} when it was written); {}", path.string(),
                                length, block->length, format.remedy));
  }
  // Bytes of the block that mean nothing count as well.
  const bool exact = std::ranges::equal(encode(*block), bytes);
  if (!exact || digest_with_block(file, *block, path) != block->digest) {
    throw DataError(fmt::format("{}: is damaged (digest does not match); {}", path.string(), format.remedy));
  }
  check_structure(file, path, format.remedy);
  return *block;
}

std::optional<std::string> file_format_name(const std::filesystem::path& path) {
  const Descriptor file = open_to_read(path);
  std::array<std::byte, kUserBlockBytes> bytes{};
  const std::size_t count = read_or_throw(file, 0, bytes, path);
  const std::optional<UserBlock> block = decode_user_block(std::span(bytes).first(count));
  return block ? std::optional(block->format) : std::nullopt;
}

}  // namespace lockstep

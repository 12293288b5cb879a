#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>

#include "framework/storage/digest.h"
#include "framework/storage/file.h"
#include "framework/storage/user_block.h"

namespace lockstep {

/// The bytes with a user block in place of the first 512 that makes them a whole file of `format`: what someone can do
/// who knows how digests are made. An older version that is read stays.
inline std::string forged(std::string bytes, const FileFormat& format) {
  bytes.resize(std::max(bytes.size(), kUserBlockBytes), '\0');
  std::uint32_t version = format.version;
  const auto old = decode_user_block(std::as_bytes(std::span<const char>(bytes)));
  if (old && old->version < version && old->version >= format.oldest_read) version = old->version;
  UserBlock block{std::string(format.name), version, bytes.size(), {}};
  std::memcpy(bytes.data(), encode(block).data(), kUserBlockBytes);
  Digester digester;
  digester.add(bytes);
  block.digest = digester.digest();
  std::memcpy(bytes.data(), encode(block).data(), kUserBlockBytes);
  return bytes;
}

}  // namespace lockstep

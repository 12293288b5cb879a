#include "framework/storage/digest.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <cerrno>
#include <vector>

#include "framework/core/errors.h"
#include "framework/storage/descriptor.h"

namespace lockstep {

struct Digester::State {
  XXH3_state_t* xxh = XXH3_createState();
  State() {
    if (xxh == nullptr) throw std::bad_alloc();
    XXH3_128bits_reset(xxh);
  }
  ~State() { XXH3_freeState(xxh); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
};

Digester::Digester() : state_(std::make_unique<State>()) {}
Digester::~Digester() = default;
Digester::Digester(Digester&&) noexcept = default;
Digester& Digester::operator=(Digester&&) noexcept = default;

void Digester::add(std::span<const std::byte> bytes) {
  XXH3_128bits_update(state_->xxh, bytes.data(), bytes.size());
}

void Digester::add(std::string_view text) {
  add(std::as_bytes(std::span(text)));
}

FileDigest Digester::digest() const {
  const XXH128_hash_t hash = XXH3_128bits_digest(state_->xxh);
  return {hash.high64, hash.low64};
}

std::string to_string(const FileDigest& digest) {
  return fmt::format("{:016x}{:016x}", digest.high, digest.low);
}

FileDigest digest_of_file(const std::filesystem::path& path) {
  const Descriptor file = open_to_read(path);
  Digester digester;
  std::vector<std::byte> buffer(std::size_t{1} << 18);
  std::uint64_t offset = 0;
  while (true) {
    const std::ptrdiff_t count = read_at(file.number(), offset, buffer);
    if (count < 0) {
      throw DataError(fmt::format("{}: can't be read: {}; check the disk", path.string(), system_message(errno)));
    }
    if (count == 0) return digester.digest();
    digester.add(std::span(buffer).first(static_cast<std::size_t>(count)));
    offset += static_cast<std::uint64_t>(count);
  }
}

}  // namespace lockstep

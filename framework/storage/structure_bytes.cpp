#include "framework/storage/structure_bytes.h"

#include <fmt/format.h>

#include <cerrno>

#include "framework/core/errors.h"
#include "framework/storage/user_block.h"

namespace lockstep {

StructureBytes::StructureBytes(const Descriptor& file, const std::filesystem::path& path, std::string_view remedy)
    : file_(file), path_(path), remedy_(remedy), end_(file_length(file) - kUserBlockBytes) {}

std::vector<std::uint8_t> StructureBytes::read(std::uint64_t address, std::uint64_t size) const {
  require(holds(address, size), "something beyond the file's end", address);
  std::vector<std::uint8_t> bytes(size);
  const std::ptrdiff_t count =
      read_at(file_.number(), kUserBlockBytes + address, std::as_writable_bytes(std::span(bytes)));
  if (count < 0) {
    throw DataError(fmt::format("{}: can't be read: {}; check the disk", path_.string(), system_message(errno)));
  }
  require(static_cast<std::size_t>(count) == size, "something beyond the file's end", address);
  return bytes;
}

void StructureBytes::refuse(std::string_view what, std::uint64_t address) const {
  throw DataError(fmt::format("{}: is no file that Lockstep wrote, it has {} (address {:#x}); {}", path_.string(), what,
                              address, remedy_));
}

}  // namespace lockstep

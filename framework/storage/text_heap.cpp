#include "framework/storage/text_heap.h"

#include <span>
#include <utility>

namespace lockstep {
namespace {

constexpr std::uint64_t kAbsent = ~std::uint64_t{0};
constexpr std::uint64_t kMostKept = std::uint64_t{1} << 20;
/// HDF5 fills up to sixteen collections at a time, so that each is read once or a few times. A file that leads to and
/// fro between more of them than are kept is none of ours.
constexpr std::uint64_t kMostReadings = 16;
constexpr std::size_t kHeaderBytes = 16;
constexpr std::uint64_t kReadAtOnce = std::uint64_t{1} << 16;

std::uint64_t padded(std::uint64_t size) {
  return (size + 7) / 8 * 8;
}

}  // namespace

void TextHeap::check(std::uint32_t size, std::uint64_t address, std::uint32_t index) {
  if (address == 0 && size == 0) return;
  const Sizes& sizes = collection(address);
  bytes_.require(index > 0 && index < sizes.size() && sizes[index] == size, "a text that isn't there", address);
}

const TextHeap::Sizes& TextHeap::collection(std::uint64_t address) {
  const auto found = kept_.find(address);
  if (found != kept_.end()) return found->second;
  if (kept_objects_ > kMostKept) {
    kept_.clear();
    kept_objects_ = 0;
  }
  Sizes sizes = read_collection(address);
  kept_objects_ += sizes.size();
  return kept_.emplace(address, std::move(sizes)).first->second;
}

TextHeap::Sizes TextHeap::read_collection(std::uint64_t address) {
  const std::vector<std::uint8_t> start = bytes_.read(address, kHeaderBytes);
  const auto size = little<std::uint64_t>(start, 8);
  bytes_.require(little<std::uint32_t>(start, 0) == signature("GCOL") && little<std::uint32_t>(start, 4) == 1 &&
                     size >= 4096 && bytes_.holds(address, size),
                 "another heap of texts", address);
  read_bytes_ += size;
  bytes_.require(read_bytes_ / kMostReadings <= bytes_.end(), "heaps of texts that overlap", address);
  // In one go where it is the usual few pages; a long text makes a long one, of which only what lies before it matters.
  const bool whole = size <= kReadAtOnce;
  const std::vector<std::uint8_t> all = whole ? bytes_.read(address, size) : std::vector<std::uint8_t>();
  Sizes sizes;
  for (std::uint64_t at = kHeaderBytes; at + kHeaderBytes <= size;) {
    const std::vector<std::uint8_t> piece =
        whole ? std::vector<std::uint8_t>() : bytes_.read(address + at, kHeaderBytes);
    const std::span<const std::uint8_t> object = whole ? std::span(all).subspan(at, kHeaderBytes) : std::span(piece);
    const auto index = little<std::uint16_t>(object, 0);
    const auto bytes = little<std::uint64_t>(object, 8);
    if (index == 0) {
      // Free room, its own header counted, up to the end.
      bytes_.require(bytes == size - at, "free room that ends elsewhere", address);
      break;
    }
    bytes_.require(bytes <= size && padded(bytes) <= size - at - kHeaderBytes, "a text that is cut", address);
    if (sizes.size() <= index) sizes.resize(std::size_t{index} + 1, kAbsent);
    bytes_.require(sizes[index] == kAbsent, "two texts in one place", address);
    sizes[index] = bytes;
    at += kHeaderBytes + padded(bytes);
  }
  return sizes;
}

}  // namespace lockstep

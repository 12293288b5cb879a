#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "framework/storage/structure_bytes.h"

namespace lockstep {

/// The places where HDF5 keeps texts: global heap collections (file format specification III.E), of which some are kept
/// as they are read.
class TextHeap {
 public:
  /// `bytes` must outlive this.
  explicit TextHeap(const StructureBytes& bytes) : bytes_(bytes) {}

  /// Throws DataError unless object `index` of the collection at `address` is there and has `size` bytes; address 0 is
  /// no text.
  void check(std::uint32_t size, std::uint64_t address, std::uint32_t index);

 private:
  /// Sizes of a collection's objects by index; kAbsent where there is none.
  using Sizes = std::vector<std::uint64_t>;

  const Sizes& collection(std::uint64_t address);
  Sizes read_collection(std::uint64_t address);

  const StructureBytes& bytes_;
  std::unordered_map<std::uint64_t, Sizes> kept_;
  std::uint64_t kept_objects_ = 0;
  std::uint64_t read_bytes_ = 0;
};

}  // namespace lockstep

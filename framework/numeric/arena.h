#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "framework/core/huge_pages.h"
#include "framework/numeric/matrix.h"

namespace lockstep {

/// Scratch memory for one shard after another: taken piece by piece, given back all at once. It grows while it meets
/// larger shards and then stops asking the system.
class Arena {
 public:
  Arena() = default;
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  /// `count` elements, not initialised, aligned to a cache line; valid until reset().
  template <typename T>
  [[nodiscard]] std::span<T> take(std::size_t count) {
    return {static_cast<T*>(take_bytes(count * sizeof(T))), count};
  }
  template <typename T>
  [[nodiscard]] MatrixView<T> matrix(std::size_t rows, std::size_t columns) {
    return {take<T>(rows * columns).data(), rows, columns};
  }

  /// Gives everything back. What had grown in several blocks is one block from here on.
  void reset();

  /// Most bytes that were in use at one time.
  [[nodiscard]] std::size_t peak_bytes() const { return peak_; }

 private:
  void* take_bytes(std::size_t bytes);
  void add_block(std::size_t bytes);

  std::vector<HugeBuffer<std::byte>> blocks_;
  std::size_t used_in_last_ = 0;      ///< bytes taken from the last block
  std::size_t used_before_last_ = 0;  ///< bytes of all blocks before it
  std::size_t peak_ = 0;
};

}  // namespace lockstep

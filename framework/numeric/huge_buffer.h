#pragma once

#include <cstddef>
#include <memory>
#include <new>

#include <sys/mman.h>

namespace lockstep {

/// Plain memory for `T`s that aren't initialised, on a cache line; large ones on huge pages where the system gives
/// them. Grows and never shrinks; growing loses what was in it.
template <typename T>
class HugeBuffer {
 public:
  HugeBuffer() = default;
  explicit HugeBuffer(std::size_t count) { reserve(count); }

  void reserve(std::size_t count) {
    if (count <= count_) return;
    memory_.reset();
    const std::size_t bytes = count * sizeof(T);
    const std::size_t alignment = bytes >= kHugePage ? kHugePage : kCacheLine;
    auto* const memory = static_cast<T*>(::operator new (bytes, std::align_val_t{alignment}));
    memory_ = {memory, Free{alignment}};
    // A hint: without huge pages all is as before.
    if (bytes >= kHugePage) ::madvise(memory, bytes, MADV_HUGEPAGE);
    count_ = count;
  }

  [[nodiscard]] T* data() const { return memory_.get(); }
  [[nodiscard]] std::size_t size() const { return count_; }

 private:
  static constexpr std::size_t kCacheLine = 64;
  static constexpr std::size_t kHugePage = std::size_t{1} << 21;
  struct Free {
    std::size_t alignment = kCacheLine;
    void operator()(T* memory) const { ::operator delete (memory, std::align_val_t{alignment}); }
  };
  std::unique_ptr<T, Free> memory_;
  std::size_t count_ = 0;
};

}  // namespace lockstep

#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>

namespace lockstep {

inline constexpr std::size_t kCacheLine = 64;
inline constexpr std::size_t kHugePage = std::size_t{1} << 21;

/// A hint for memory that is touched here and there alone, like the rows of an embedding's gradient: only pages that
/// are touched take room. Whole small pages within [memory, memory + bytes).
inline void prefer_small_pages(void* memory, std::size_t bytes) {
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  const auto address = reinterpret_cast<std::uintptr_t>(memory);
  const std::uintptr_t begin = (address + page - 1) / page * page;
  const std::uintptr_t end = (address + bytes) / page * page;
  if (begin < end) ::madvise(static_cast<std::byte*>(memory) + (begin - address), end - begin, MADV_NOHUGEPAGE);
}

/// For containers of plain numbers: on a cache line, and large ones on huge pages where the system gives them, since
/// passes over whole arrays then miss fewer address translations.
template <typename T>
struct HugePageAllocator {
  using value_type = T;
  HugePageAllocator() = default;
  template <typename Other>
  HugePageAllocator(const HugePageAllocator<Other>&) {}

  [[nodiscard]] T* allocate(std::size_t count) {
    const std::size_t bytes = count * sizeof(T);
    void* const memory = ::operator new(bytes, alignment_of(count));
    // A hint: without huge pages all is as before.
    if (bytes >= kHugePage) ::madvise(memory, bytes, MADV_HUGEPAGE);
    return static_cast<T*>(memory);
  }
  void deallocate(T* memory, std::size_t count) { ::operator delete(memory, alignment_of(count)); }

  bool operator==(const HugePageAllocator&) const = default;

 private:
  static std::align_val_t alignment_of(std::size_t count) {
    return std::align_val_t{count * sizeof(T) >= kHugePage ? kHugePage : kCacheLine};
  }
};

/// Memory for `T`s that aren't initialised. Grows and never shrinks; growing loses what was in it.
template <typename T>
class HugeBuffer {
 public:
  HugeBuffer() = default;
  explicit HugeBuffer(std::size_t count) { reserve(count); }

  void reserve(std::size_t count) {
    if (count <= size()) return;
    memory_.reset();
    memory_ = {HugePageAllocator<T>().allocate(count), Free{count}};
  }

  [[nodiscard]] T* data() const { return memory_.get(); }
  [[nodiscard]] std::size_t size() const { return memory_.get_deleter().count; }

 private:
  struct Free {
    std::size_t count = 0;
    void operator()(T* memory) const { HugePageAllocator<T>().deallocate(memory, count); }
  };
  std::unique_ptr<T, Free> memory_;
};

}  // namespace lockstep

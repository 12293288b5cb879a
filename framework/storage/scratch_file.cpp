#include "framework/storage/scratch_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <string>
#include <utility>

#include "framework/core/errors.h"
#include "framework/storage/hdf5_handle.h"

namespace lockstep {
namespace {

constexpr std::size_t kBufferedElements = std::size_t{1} << 14;
constexpr std::uint64_t kCopiedAtOnce = std::uint64_t{1} << 16;

}  // namespace

template <typename T>
ScratchFile<T>::ScratchFile(std::filesystem::path folder, const FileSystem& files)
    : files_(files), folder_(std::move(folder)) {
  const int error = files_.create_unnamed(folder_, file_);
  if (error != 0) throw RunError(write_failure(folder_, error));
  buffer_.reserve(kBufferedElements);
}

template <typename T>
void ScratchFile<T>::append(std::span<const T> values) {
  for (const T& value : values) {
    buffer_.push_back(value);
    if (buffer_.size() == kBufferedElements) flush();
  }
}

template <typename T>
void ScratchFile<T>::read(std::uint64_t offset, std::span<T> into) {
  assert(offset + into.size() <= size());
  flush();
  const std::ptrdiff_t count = read_at(file_.number(), offset * sizeof(T), std::as_writable_bytes(into));
  if (count < 0 || static_cast<std::size_t>(count) != into.size_bytes()) {
    throw RunError(fmt::format("{}: a temporary file can't be read again: {}; check the disk", folder_.string(),
                               count < 0 ? system_message(errno) : "it is too short"));
  }
}

template <typename T>
void ScratchFile<T>::flush() {
  const int error = files_.write(file_, written_ * sizeof(T), std::as_bytes(std::span<const T>(buffer_)));
  if (error != 0) throw RunError(write_failure(folder_, error));
  written_ += buffer_.size();
  buffer_.clear();
}

template <typename T>
void write_scratch(ScratchFile<T>& from, FileWriter& file, std::string_view name) {
  const std::uint64_t size = from.size();
  const std::uint64_t shape[] = {size};
  file.create(name, ElementTypeOf<T>::kType, shape);
  std::vector<T> piece;
  for (std::uint64_t at = 0; at < size; at += piece.size()) {
    piece.resize(std::min(kCopiedAtOnce, size - at));
    from.read(at, piece);
    file.write_part<T>(name, at, piece);
  }
}

#define LOCKSTEP_INSTANTIATE(T)  \
  template class ScratchFile<T>; \
  template void write_scratch(ScratchFile<T>&, FileWriter&, std::string_view)
LOCKSTEP_INSTANTIATE(std::uint8_t);
LOCKSTEP_INSTANTIATE(std::int32_t);
LOCKSTEP_INSTANTIATE(std::uint32_t);
LOCKSTEP_INSTANTIATE(std::uint64_t);
LOCKSTEP_INSTANTIATE(float);
LOCKSTEP_INSTANTIATE(double);
#undef LOCKSTEP_INSTANTIATE

}  // namespace lockstep

#include "framework/storage/scratch_file.h"

#include <fmt/format.h>
#include <stdlib.h>
#include <unistd.h>

#include <cassert>
#include <cerrno>
#include <string>
#include <utility>

#include "framework/core/errors.h"

namespace lockstep {
namespace {

constexpr std::size_t kBufferedElements = std::size_t{1} << 14;

}  // namespace

template <typename T>
ScratchFile<T>::ScratchFile(std::filesystem::path folder) : folder_(std::move(folder)) {
  std::string name = (folder_ / "scratch.XXXXXX").string();
  file_ = Descriptor(::mkstemp(name.data()));
  if (!file_.is_open()) throw RunError(write_failure(folder_, errno));
  ::unlink(name.c_str());
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
  const int error = write_at(file_.number(), written_ * sizeof(T), std::as_bytes(std::span<const T>(buffer_)));
  if (error != 0) throw RunError(write_failure(folder_, error));
  written_ += buffer_.size();
  buffer_.clear();
}

template class ScratchFile<std::int32_t>;
template class ScratchFile<std::uint64_t>;

}  // namespace lockstep

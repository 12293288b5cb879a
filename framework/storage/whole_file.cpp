#include "framework/storage/whole_file.h"

#include <utility>

#include "framework/core/errors.h"

namespace lockstep {
namespace {

constexpr std::size_t kBufferedBytes = std::size_t{1} << 18;

}  // namespace

WholeFile::WholeFile(std::filesystem::path path, const FileSystem& files)
    : files_(files), path_(std::move(path)), temporary_(temporary_name(path_)) {
  check(files_.create(temporary_, file_));
}

WholeFile::~WholeFile() {
  // One that can't be removed is in the way of nobody.
  if (file_.is_open()) static_cast<void>(files_.remove(temporary_));
}

void WholeFile::append(std::string_view bytes) {
  buffer_ += bytes;
  if (buffer_.size() >= kBufferedBytes) flush();
}

void WholeFile::commit() {
  flush();
  check(files_.sync(file_));
  check(files_.rename(temporary_, path_));
  check(file_.close());
  check(files_.sync_folder(folder_of(path_)));
}

void WholeFile::flush() {
  check(files_.write(file_, written_, std::as_bytes(std::span<const char>(buffer_))));
  written_ += buffer_.size();
  buffer_.clear();
}

void WholeFile::check(int error) const {
  if (error != 0) throw RunError(write_failure(path_, error));
}

void write_file(const std::filesystem::path& path, std::string_view bytes) {
  WholeFile file(path);
  file.append(bytes);
  file.commit();
}

}  // namespace lockstep

#include "framework/storage/whole_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "framework/core/errors.h"

namespace lockstep {
namespace {

constexpr std::size_t kBufferedBytes = std::size_t{1} << 18;

}  // namespace

WholeFile::WholeFile(std::filesystem::path path) : path_(std::move(path)), temporary_(path_) {
  temporary_ += ".tmp";
  file_ = Descriptor(::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
  check(file_.is_open() ? 0 : errno);
}

WholeFile::~WholeFile() {
  if (file_.is_open()) ::unlink(temporary_.c_str());
}

void WholeFile::append(std::string_view bytes) {
  buffer_ += bytes;
  if (buffer_.size() >= kBufferedBytes) flush();
}

void WholeFile::commit() {
  flush();
  check(::fsync(file_.number()) == 0 ? 0 : errno);
  check(::rename(temporary_.c_str(), path_.c_str()) == 0 ? 0 : errno);
  check(file_.close());
}

void WholeFile::flush() {
  check(write_at(file_.number(), written_, std::as_bytes(std::span<const char>(buffer_))));
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

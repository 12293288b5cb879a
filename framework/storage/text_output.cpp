#include "framework/storage/text_output.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "framework/core/errors.h"
#include "framework/storage/descriptor.h"

namespace lockstep {

TextOutput::TextOutput(const std::filesystem::path& path) : path_(path), stream_(stdout) {
  if (path == kStandardOutput) {
    path_ = "standard output";
    return;
  }
  temporary_ = path.string() + fmt::format(".{}.tmp", ::getpid());
  stream_ = std::fopen(temporary_.c_str(), "wb");
  check(stream_ != nullptr);
}

TextOutput::~TextOutput() {
  if (temporary_.empty()) return;
  if (stream_ != nullptr) std::fclose(stream_);
  std::error_code ignored;
  std::filesystem::remove(temporary_, ignored);
}

void TextOutput::check(bool good) {
  if (!good) throw RunError(write_failure(path_, errno));
}

void TextOutput::write(std::string_view text) {
  check(std::fwrite(text.data(), 1, text.size(), stream_) == text.size());
}

void TextOutput::line(std::string_view text) {
  write(text);
  write("\n");
}

void TextOutput::flush() {
  check(std::fflush(stream_) == 0);
}

void TextOutput::commit() {
  flush();
  if (temporary_.empty()) return;
  check(::fsync(::fileno(stream_)) == 0);
  const bool closed = std::fclose(stream_) == 0;
  stream_ = nullptr;
  check(closed);
  check(std::rename(temporary_.c_str(), path_.c_str()) == 0);
  temporary_.clear();
}

}  // namespace lockstep

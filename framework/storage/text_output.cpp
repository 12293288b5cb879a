#include "framework/storage/text_output.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <utility>

#include "framework/core/errors.h"
#include "framework/storage/descriptor.h"
#include "framework/storage/forwarded_streams.h"

namespace lockstep {
namespace {

void check(bool good) {
  if (!good) throw RunError(write_failure("standard output", errno));
}

}  // namespace

TextOutput::TextOutput(const std::filesystem::path& path) {
  if (path != kStandardOutput)
    file_.emplace(path);
  else
    forwarded_ = is_forwarded(STDOUT_FILENO);
}

void TextOutput::line(std::string_view text) {
  if (file_) {
    file_->append(text);
    file_->append("\n");
  } else if (forwarded_) {
    pending_.append(text).append(1, '\n');
  } else {
    check(std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::putchar('\n') != EOF);
  }
}

void TextOutput::flush() {
  if (forwarded_) write_to_forwarded_output(STDOUT_FILENO, std::exchange(pending_, {}));
  if (!file_) check(std::fflush(stdout) == 0);
}

void TextOutput::commit() {
  flush();
  if (file_) file_->commit();
}

}  // namespace lockstep

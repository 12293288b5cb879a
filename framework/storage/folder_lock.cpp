#include "framework/storage/folder_lock.h"

#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <span>
#include <string>
#include <string_view>
#include <thread>

#include "framework/core/errors.h"
#include "framework/core/log.h"

namespace lockstep {
namespace {

constexpr std::chrono::milliseconds kPause{50};

/// 0, EWOULDBLOCK when another has it, or why there can't be one.
int try_lock(const Descriptor& file) {
  int result = 0;
  do {
    result = ::flock(file.number(), LOCK_EX | LOCK_NB);
  } while (result != 0 && errno == EINTR);
  return result == 0 ? 0 : errno;
}

std::string this_process() {
  std::array<char, 256> host{};
  ::gethostname(host.data(), host.size() - 1);
  return fmt::format("process {} on host {}", ::getpid(), host.data());
}

std::string holder(const Descriptor& file) {
  std::array<char, 300> text{};
  const std::ptrdiff_t count = read_at(file.number(), 0, std::as_writable_bytes(std::span(text)));
  const std::string_view line(text.data(), count < 0 ? 0 : static_cast<std::size_t>(count));
  const std::string_view name = line.substr(0, line.find('\n'));
  return std::string(name.empty() ? "a process that didn't say its name" : name);
}

}  // namespace

FolderLock::FolderLock(const std::filesystem::path& folder, std::chrono::milliseconds patience,
                       const FileSystem& files) {
  const std::filesystem::path path = folder / "lock";
  if (const int error = files.open(path, file_)) throw RunError(write_failure(path, error));
  const auto end = std::chrono::steady_clock::now() + patience;
  int error = try_lock(file_);
  while (error == EWOULDBLOCK && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(kPause);
    error = try_lock(file_);
  }
  if (error == EWOULDBLOCK) {
    throw RunError(
        fmt::format("{}: another training works in this folder ({}); wait for its end, or choose another "
                    "with --set run=FOLDER",
                    folder.string(), holder(file_)));
  }
  if (error != 0) {
    log_warning("{}: can't be locked: {}; see to it that no second training of this run is started", path.string(),
                system_message(error));
    return;
  }
  // The name is for a message alone: a disk without space for it is no reason to stop.
  const std::string name = this_process() + "\n";
  if (files.truncate(file_, 0) == 0) {
    static_cast<void>(files.write(file_, 0, std::as_bytes(std::span<const char>(name))));
  }
}

}  // namespace lockstep

#include "framework/storage/forwarded_streams.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <thread>

#include "framework/core/errors.h"
#include "framework/storage/descriptor.h"

namespace lockstep {
namespace {

/// Bytes of PRRTE's writes. Where a pipe has less room, one may have been tried.
constexpr int kWrittenAtOnce = 8192;
/// Bytes of PRRTE's readings.
constexpr std::size_t kReadAtOnce = 4096;
/// Bytes that Linux lets a user keep in one pipe, unless told otherwise.
constexpr int kLargestPipe = 1 << 20;

/// Bytes in a pipe that nobody has read yet.
int unread_bytes(int descriptor) {
  int count = 0;
  return ioctl(descriptor, FIONREAD, &count) == 0 ? count : 0;
}

/// Of a pipe; a terminal has no size that it could have had.
bool may_have_been_full(int descriptor) {
  return isatty(descriptor) == 0 && unread_bytes(descriptor) > fcntl(descriptor, F_GETPIPE_SZ) - kWrittenAtOnce;
}

/// Waits until the pipe is empty.
void wait_for_reader(int descriptor) {
  std::chrono::microseconds pause(20);
  constexpr std::chrono::microseconds kLongestPause(2000);
  while (unread_bytes(descriptor) > 0) {
    pollfd state{descriptor, 0, 0};
    if (poll(&state, 1, 0) > 0 && (state.revents & POLLERR) != 0)
      throw RunError(write_failure("standard output", EPIPE));
    std::this_thread::sleep_for(pause);
    pause = std::min(2 * pause, kLongestPause);
  }
}

/// Takes from the front of the lines what could be written of their first `size` bytes.
void write_some(int descriptor, std::string_view& lines, std::size_t size) {
  const ssize_t count = write(descriptor, lines.data(), size);
  if (count < 0 && errno != EINTR) throw RunError(write_failure("standard output", errno));
  if (count > 0) lines.remove_prefix(static_cast<std::size_t>(count));
}

/// The kernel parts what is longer.
constexpr std::size_t kTerminalPiece = 2048;
/// For a reader on a busy machine.
constexpr std::chrono::milliseconds kTerminalPause(250);

/// Waits until what was said before has been read, unless nobody reads.
void wait_for_reader_of_errors() {
  constexpr int kMostPauses = 1000;
  for (int i = 0; i < kMostPauses && unread_bytes(STDERR_FILENO) > 0; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

void write_to_terminal(int descriptor, std::string_view lines) {
  const bool may_be_parted = lines.size() > kTerminalPiece;
  if (may_be_parted) wait_for_reader_of_errors();
  while (!lines.empty()) write_some(descriptor, lines, lines.size());
  if (may_be_parted) std::this_thread::sleep_for(kTerminalPause);
}

}  // namespace

bool is_forwarded(int descriptor) {
  struct stat status {};
  return std::getenv("PRTE_LAUNCHED") != nullptr &&
         (isatty(descriptor) == 1 || (fstat(descriptor, &status) == 0 && S_ISFIFO(status.st_mode)));
}

void make_room_in_forwarded_input() {
  if (is_forwarded(STDIN_FILENO) && !may_have_been_full(STDIN_FILENO)) fcntl(STDIN_FILENO, F_SETPIPE_SZ, kLargestPipe);
}

void check_forwarded_input(int descriptor) {
  if (!may_have_been_full(descriptor)) return;
  throw RunError(fmt::format(
      "standard input: mpirun of Open MPI 5 repeats parts of a text that isn't read at once, so that no more "
      "than {} KB can be taken from there; name the file in place of it (translate -i FILE)",
      (fcntl(descriptor, F_GETPIPE_SZ) - kWrittenAtOnce) / 1024));
}

void write_to_forwarded_output(int descriptor, std::string_view lines) {
  if (isatty(descriptor) == 1) return write_to_terminal(descriptor, lines);
  while (!lines.empty()) {
    std::size_t piece = lines.size();
    if (piece > kReadAtOnce) {
      const std::size_t end = lines.substr(0, kReadAtOnce).rfind('\n');
      // A line longer than one reading can't be whole, but its newline never comes alone.
      const bool lone_newline = lines[kReadAtOnce] == '\n';
      piece = end != std::string_view::npos ? end + 1 : kReadAtOnce - (lone_newline ? 1 : 0);
    }
    write_some(descriptor, lines, piece);
    wait_for_reader(descriptor);
  }
}

}  // namespace lockstep

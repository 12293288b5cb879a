// Preloaded by hang_test.sh: a disk that never answers. fsync() of a file whose name holds $LOCKSTEP_TEST_BLOCK doesn't
// return.

#include <unistd.h>

#include <array>
#include <cstdlib>
#include <string>
#include <string_view>

extern "C" int fsync(int file) {
  const char* const blocked = std::getenv("LOCKSTEP_TEST_BLOCK");
  std::array<char, 4096> name{};
  const std::string link = "/proc/self/fd/" + std::to_string(file);
  const ssize_t length = ::readlink(link.c_str(), name.data(), name.size());
  if (blocked != nullptr && length > 0 &&
      std::string_view(name.data(), static_cast<std::size_t>(length)).find(blocked) != std::string_view::npos) {
    while (true) ::pause();
  }
  return ::fdatasync(file);
}

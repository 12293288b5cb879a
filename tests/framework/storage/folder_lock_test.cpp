#include "framework/storage/folder_lock.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <optional>

#include "framework/core/errors.h"
#include "tests/support/catch.h"
#include "tests/temporary_folder.h"

using namespace lockstep;
using Catch::Matchers::ContainsSubstring;
using std::chrono::milliseconds;

TEST_CASE("a folder that is locked is refused by name of who holds it, until that lets go", "[storage]") {
  const TemporaryFolder folder;
  std::optional<FolderLock> first(std::in_place, folder.path(), milliseconds(0));
  CHECK_THROWS_WITH(FolderLock(folder.path(), milliseconds(60)),
                    ContainsSubstring(folder.path().string() + ": another training works in this folder (process " +
                                      std::to_string(::getpid()) + " on host "));
  CHECK_THROWS_AS(FolderLock(folder.path(), milliseconds(0)), RunError);
  first.reset();
  CHECK_NOTHROW(FolderLock(folder.path(), milliseconds(0)));
}

TEST_CASE("the lock of a process that was killed is free, and one about to die is waited for", "[storage]") {
  const TemporaryFolder folder;
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const FolderLock lock(folder.path(), milliseconds(0));
    const char taken = 'x';
    if (::write(ends[1], &taken, 1) != 1) ::_exit(1);
    ::pause();
    ::_exit(0);
  }
  char taken = 0;
  REQUIRE(::read(ends[0], &taken, 1) == 1);
  CHECK_THROWS_WITH(FolderLock(folder.path(), milliseconds(0)), ContainsSubstring(fmt::format("process {} on", child)));
  const pid_t killer = ::fork();
  if (killer == 0) {
    ::usleep(300'000);
    ::kill(child, SIGKILL);
    ::_exit(0);
  }
  CHECK_NOTHROW(FolderLock(folder.path(), milliseconds(20'000)));
  int status = 0;
  ::waitpid(killer, &status, 0);
  ::waitpid(child, &status, 0);
  CHECK(WIFSIGNALED(status));
  ::close(ends[0]);
  ::close(ends[1]);
}

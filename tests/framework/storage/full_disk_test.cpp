#include <fmt/format.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <vector>

#include "framework/core/errors.h"
#include "framework/storage/file.h"
#include "framework/storage/scratch_file.h"
#include "tests/support/catch.h"
#include "tests/temporary_folder.h"

using namespace lockstep;
using Catch::Matchers::ContainsSubstring;

namespace {

constexpr FileFormat kFormat{"trial", 1};

/// Writes until it must fail; the message of the RunError, or what happened instead.
std::string fill(const std::filesystem::path& path, std::size_t datasets, std::size_t elements) {
  try {
    FileWriter writer(path, kFormat);
    const std::vector<std::int32_t> values(elements, 1);
    for (std::size_t i = 0; i < datasets; ++i) writer.write<std::int32_t>(fmt::format("/group{}/values", i), values);
    writer.commit();
  } catch (const RunError& error) {
    return error.what();
  } catch (const std::exception& error) {
    return std::string("another error: ") + error.what();
  }
  return "written";
}

/// Runs `body` in a process of its own, through the exit handlers of HDF5, and gives its message.
/// `ended` is the exit code, or -signal.
std::string in_child(int& ended, const std::function<std::string()>& body) {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::close(ends[0]);
    const std::string message = body();
    const ssize_t written = ::write(ends[1], message.data(), message.size());
    std::exit(written == static_cast<ssize_t>(message.size()) ? 0 : 1);
  }
  ::close(ends[1]);
  std::string message;
  char buffer[4096];
  for (ssize_t count = 0; (count = ::read(ends[0], buffer, sizeof(buffer))) > 0;) {
    message.append(buffer, static_cast<std::size_t>(count));
  }
  ::close(ends[0]);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  ended = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  return message;
}

}  // namespace

TEST_CASE("a write that fails is an error with path and cause, and the process ends well", "[storage]") {
  const TemporaryFolder folder;
  // The limit is met in raw data, in metadata and at the end, as the sizes fall.
  const auto limit = GENERATE(100U, 700U, 3000U, 20000U, 200000U, 1000000U);
  const auto elements = GENERATE(1U, 1000U, 100000U);
  int ended = 0;
  const std::string message = in_child(ended, [&] {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit size{limit, limit};
    ::setrlimit(RLIMIT_FSIZE, &size);
    return fill(folder / "a.h5", elements < 1000 ? 4000 : 400, elements);
  });
  INFO("limit " << limit << ", elements " << elements);
  CHECK(ended == 0);
  CHECK_THAT(message, ContainsSubstring("a.h5: can't be written: File too large"));
  CHECK(std::filesystem::is_empty(folder.path()));
}

TEST_CASE("a full disk is an error with path and cause, and nothing half-written stays", "[storage]") {
  const TemporaryFolder folder;
  const std::filesystem::path disk = folder / "disk";
  std::filesystem::create_directory(disk);
  if (::mount("none", disk.c_str(), "tmpfs", 0, "size=1m") != 0) {
    WARN("skipped: mounting a small disk needs more rights than this process has");
    return;
  }
  const auto unmount = [&](const std::filesystem::path* path) { ::umount(path->c_str()); };
  const std::unique_ptr<const std::filesystem::path, decltype(unmount)> mounted(&disk, unmount);

  for (const std::size_t elements : {1U, 1000U, 100000U, 260000U}) {
    int ended = 0;
    const std::string message =
        in_child(ended, [&] { return fill(disk / "a.h5", elements < 1000 ? 4000 : 400, elements); });
    INFO("elements " << elements);
    CHECK(ended == 0);
    CHECK_THAT(message, ContainsSubstring("a.h5: can't be written: No space left on device; make room"));
    CHECK(std::filesystem::is_empty(disk));
  }
  ScratchFile<std::int32_t> scratch(disk);
  const std::vector<std::int32_t> values(1000000, 1);
  CHECK_THROWS_AS(scratch.append(values), RunError);
}

TEST_CASE("a scratch file gives back what it took and has no name", "[storage]") {
  const TemporaryFolder folder;
  ScratchFile<std::uint64_t> scratch(folder.path());
  std::vector<std::uint64_t> values(50000);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = i * i;
  scratch.append(std::span(values).first(20));
  scratch.append(std::span(values).subspan(20));
  CHECK(scratch.size() == values.size());
  std::vector<std::uint64_t> part(30000);
  scratch.read(15000, part);
  CHECK(std::equal(part.begin(), part.end(), values.begin() + 15000));
  CHECK(std::filesystem::is_empty(folder.path()));
}

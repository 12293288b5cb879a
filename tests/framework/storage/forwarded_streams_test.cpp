#include "framework/storage/forwarded_streams.h"

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "framework/core/errors.h"
#include "tests/support/catch.h"

using namespace lockstep;
using Catch::Matchers::ContainsSubstring;

namespace {

/// A pipe as PRRTE makes one for a process that it starts.
struct ForwardedPipe {
  ForwardedPipe() {
    setenv("PRTE_LAUNCHED", "1", 1);
    REQUIRE(pipe(ends.data()) == 0);
    std::signal(SIGPIPE, SIG_IGN);
  }
  ~ForwardedPipe() {
    unsetenv("PRTE_LAUNCHED");
    for (const int end : ends) close(end);
  }
  ForwardedPipe(const ForwardedPipe&) = delete;
  ForwardedPipe& operator=(const ForwardedPipe&) = delete;

  [[nodiscard]] int reader() const { return ends[0]; }
  [[nodiscard]] int writer() const { return ends[1]; }

  std::array<int, 2> ends{};
};

/// What a reader gets who reads 4,096 bytes at a time and is slow.
std::vector<std::string> readings(const ForwardedPipe& pipe, std::size_t bytes) {
  std::vector<std::string> all;
  std::array<char, 4096> buffer{};
  while (bytes > 0) {
    const ssize_t count = read(pipe.reader(), buffer.data(), buffer.size());
    if (count <= 0) break;
    all.emplace_back(buffer.data(), static_cast<std::size_t>(count));
    bytes -= static_cast<std::size_t>(count);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return all;
}

std::vector<std::string> readings_of(const std::string& text) {
  const ForwardedPipe pipe;
  std::vector<std::string> all;
  std::thread reader([&] { all = readings(pipe, text.size()); });
  write_to_forwarded_output(pipe.writer(), text);
  reader.join();
  std::string joined;
  for (const std::string& reading : all) joined += reading;
  CHECK(joined == text);
  return all;
}

}  // namespace

TEST_CASE("Lines to a forwarded output come whole in each reading", "[storage]") {
  std::string text;
  for (int i = 0; i < 2000; ++i) text += std::to_string(i) + std::string(static_cast<std::size_t>(i % 97), 'x') + "\n";
  const auto all = readings_of(text);
  CHECK(all.size() > text.size() / 4096);
  for (const std::string& reading : all) CHECK(reading.back() == '\n');
}

TEST_CASE("A line longer than one reading keeps its newline from coming alone", "[storage]") {
  for (const std::size_t length : {4095U, 4096U, 4097U, 8191U, 8192U}) {
    INFO(length);
    const auto all = readings_of(std::string(length, 'x') + "\nend\n");
    for (const std::string& reading : all) CHECK(reading.front() != '\n');
  }
}

TEST_CASE("A forwarded output that nobody reads any more is an error", "[storage]") {
  ForwardedPipe pipe;
  std::thread reader([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    close(std::exchange(pipe.ends[0], -1));
  });
  CHECK_THROWS_WITH(write_to_forwarded_output(pipe.writer(), "never read\n"), ContainsSubstring("standard output"));
  reader.join();
}

TEST_CASE("A forwarded input is refused once its pipe may have been full", "[storage]") {
  const ForwardedPipe pipe;
  CHECK(is_forwarded(pipe.reader()));
  REQUIRE(fcntl(pipe.reader(), F_SETPIPE_SZ, 65536) == 65536);
  const std::string chunk(8192, 'x');
  for (int i = 0; i < 7; ++i) REQUIRE(write(pipe.writer(), chunk.data(), chunk.size()) == 8192);
  CHECK_NOTHROW(check_forwarded_input(pipe.reader()));
  REQUIRE(write(pipe.writer(), chunk.data(), 1) == 1);
  CHECK_THROWS_WITH(check_forwarded_input(pipe.reader()),
                    ContainsSubstring("Open MPI 5") && ContainsSubstring("-i FILE"));
}

TEST_CASE("a terminal in a process of PRRTE's gets all lines, and time to hand them on", "[storage]") {
  setenv("PRTE_LAUNCHED", "1", 1);
  const int master = posix_openpt(O_RDWR | O_NOCTTY);
  REQUIRE(master >= 0);
  REQUIRE(grantpt(master) == 0);
  REQUIRE(unlockpt(master) == 0);
  const int slave = open(ptsname(master), O_RDWR | O_NOCTTY);
  REQUIRE(slave >= 0);
  termios settings{};
  REQUIRE(tcgetattr(slave, &settings) == 0);
  cfmakeraw(&settings);
  REQUIRE(tcsetattr(slave, TCSANOW, &settings) == 0);
  CHECK(is_forwarded(slave));
  std::string text;
  for (int i = 0; i < 2000; ++i) text += "line " + std::to_string(i) + "\n";
  std::string read_text;
  std::thread reader([&] {
    std::array<char, 4096> buffer{};
    while (read_text.size() < text.size()) {
      const ssize_t count = read(master, buffer.data(), buffer.size());
      if (count <= 0) break;
      read_text.append(buffer.data(), static_cast<std::size_t>(count));
    }
  });
  const auto begin = std::chrono::steady_clock::now();
  write_to_forwarded_output(slave, text);
  CHECK(std::chrono::steady_clock::now() - begin >= std::chrono::milliseconds(250));
  reader.join();
  CHECK(read_text == text);
  unsetenv("PRTE_LAUNCHED");
  CHECK_FALSE(is_forwarded(slave));
  close(slave);
  close(master);
}

TEST_CASE("A pipe that no PRRTE made is left as it is", "[storage]") {
  const ForwardedPipe pipe;
  unsetenv("PRTE_LAUNCHED");
  CHECK_FALSE(is_forwarded(pipe.reader()));
}

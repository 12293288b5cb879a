#include "framework/training/progress_display.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "framework/core/log.h"

namespace lockstep {
namespace {

constexpr double kSecondsBetweenLines = 10;
constexpr double kSecondsBetweenBars = 0.2;
constexpr std::size_t kBarWidth = 24;

/// Whether what goes to standard error is seen on a terminal. Under mpirun on this host it is a pipe to mpirun, which
/// is our parent and writes to its own standard error.
bool shown_on_terminal() {
  if (isatty(STDERR_FILENO) != 0) return true;
  if (std::getenv("OMPI_COMM_WORLD_RANK") == nullptr) return false;
  std::error_code error;
  const auto target = std::filesystem::read_symlink(fmt::format("/proc/{}/fd/2", getppid()), error).string();
  return !error && (target.starts_with("/dev/pts/") || target.starts_with("/dev/tty"));
}

}  // namespace

ProgressDisplay::ProgressDisplay(std::uint64_t updates, std::uint64_t done, bool silent)
    : updates_(updates), done_(done), silent_(silent), bar_(!silent && shown_on_terminal()) {}

ProgressDisplay::~ProgressDisplay() {
  clear_bar();
}

void ProgressDisplay::update(std::uint64_t update, std::uint64_t epoch, double loss, std::uint64_t words,
                             double seconds) {
  if (silent_) return;
  const double rate = static_cast<double>(words) / seconds;
  words_rate_ = words_rate_ == 0 ? rate : 0.95 * words_rate_ + 0.05 * rate;
  seconds_ += seconds;
  const bool last = update >= updates_;
  if (!last && since_shown_.seconds() < (bar_ ? kSecondsBetweenBars : kSecondsBetweenLines)) return;
  since_shown_.restart();

  const double left =
      static_cast<double>(updates_ - std::min(update, updates_)) * seconds_ / static_cast<double>(update - done_);
  const std::string state = fmt::format("update {}/{}  epoch {}  loss {:.4f}  {:.0f} words/s  {} left", update,
                                        updates_, epoch + 1, loss, words_rate_, duration(left));
  if (!bar_) {
    log_info("{}", state);
    return;
  }
  const auto filled = static_cast<std::size_t>(
      static_cast<double>(kBarWidth) * std::min(1.0, static_cast<double>(update) / static_cast<double>(updates_)));
  fmt::print(stderr, "\r\x1b[K[{}{}] {}", std::string(filled, '#'), std::string(kBarWidth - filled, '.'), state);
  std::fflush(stderr);
  bar_shown_ = true;
}

void ProgressDisplay::line(const std::string& text) {
  if (silent_) return;
  clear_bar();
  log_info("{}", text);
}

void ProgressDisplay::clear_bar() {
  if (!bar_shown_) return;
  fmt::print(stderr, "\r\x1b[K");
  std::fflush(stderr);
  bar_shown_ = false;
}

std::string duration(double seconds) {
  const auto whole = static_cast<long long>(std::llround(std::max(0.0, seconds)));
  if (whole >= 3600) return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
  return fmt::format("{}:{:02}", whole / 60, whole % 60);
}

}  // namespace lockstep

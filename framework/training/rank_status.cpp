#include "framework/training/rank_status.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <fstream>
#include <sstream>
#include <system_error>
#include <utility>

namespace lockstep {
namespace {

constexpr std::string_view kEnd = "end";

/// Whether what lies in the folder, if anything, is of a start that was killed long ago.
bool is_forgotten(const std::filesystem::path& folder) {
  const auto is_old = [limit = std::filesystem::file_time_type::clock::now() -
                               std::chrono::hours(24)](const std::filesystem::path& path) {
    std::error_code error;
    const auto written = std::filesystem::last_write_time(path, error);
    return !error && written < limit;
  };
  std::error_code ignored;
  const std::filesystem::directory_iterator files(folder, ignored);
  return is_old(folder) && std::all_of(begin(files), end(files), is_old);
}

/// The next line of a text; nothing after the last.
std::optional<std::string> line_of(std::istream& text) {
  std::string line;
  if (!std::getline(text, line)) return std::nullopt;
  return line;
}

/// Of those below `folder`, the ones that `goes` takes.
template <typename Goes>
void remove_folders(const std::filesystem::path& folder, Goes&& goes) {
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
    if (goes(entry.path())) std::filesystem::remove_all(entry.path(), ignored);
  }
}

}  // namespace

RankStatus status_of(int rank, const std::string& host, const Heartbeat::Reading& reading) {
  RankStatus status;
  status.rank = rank;
  status.host = host;
  status.beats = reading.beats;
  status.update = reading.update;
  status.waits = reading.waits;
  status.phase = reading.phase;
  status.wait = reading.wait;
  status.range_begin = reading.range_begin;
  status.range_end = reading.range_end;
  return status;
}

std::string describe(const RankStatus& status) {
  std::string text = fmt::format("update {}, phase {}", status.update, status.phase);
  if (!status.wait.empty()) text += fmt::format(", waits in {}", status.wait);
  return text + (status.range_end == 0 ? ", no range of the gradient summed yet"
                                       : fmt::format(", last range of the gradient summed [{}, {})", status.range_begin,
                                                     status.range_end));
}

std::string to_text(const RankStatus& status, std::string_view start) {
  return fmt::format("{}\n{} {} {:.3f} {} {} {} {} {}\n{}\n{}\n{}\n{}\n", start, status.rank, status.sign_of_life,
                     status.still, status.beats, status.update, status.waits, status.range_begin, status.range_end,
                     status.host, status.phase, status.wait, kEnd);
}

std::optional<RankStatus> parse_status(const std::string& text, std::string_view start) {
  std::istringstream lines(text);
  const auto first = line_of(lines);
  const auto numbers = line_of(lines);
  const auto host = line_of(lines);
  const auto phase = line_of(lines);
  const auto wait = line_of(lines);
  const auto end = line_of(lines);
  if (!end || *end != kEnd || *first != start) return std::nullopt;
  RankStatus status;
  std::istringstream values(*numbers);
  values >> status.rank >> status.sign_of_life >> status.still >> status.beats >> status.update >> status.waits >>
      status.range_begin >> status.range_end;
  if (!values) return std::nullopt;
  status.host = *host;
  status.phase = *phase;
  status.wait = *wait;
  return status;
}

StatusBoard::StatusBoard(const std::filesystem::path& folder, std::string start)
    : folder_(folder / start), start_(std::move(start)) {}

std::filesystem::path StatusBoard::file_of(int rank) const {
  return folder_ / fmt::format("rank-{}", rank);
}

void StatusBoard::create() const {
  std::error_code ignored;
  remove_folders(folder_.parent_path(), is_forgotten);
  std::filesystem::create_directory(folder_.parent_path(), ignored);
  std::filesystem::create_directory(folder_, ignored);
}

void StatusBoard::remove_others() const {
  remove_folders(folder_.parent_path(), [this](const std::filesystem::path& start) { return start != folder_; });
}

bool StatusBoard::publish(const RankStatus& status) const {
  // One write of a few bytes over those of before, so that there is always a status to read, also of a process that is
  // stopped here; what a longer one leaves behind the end doesn't count. Opened anew each time, since that is when a
  // network file system looks for what is new.
  const std::string text = to_text(status, start_);
  const int file = ::open(file_of(status.rank).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
  if (file < 0) return false;
  const bool written = ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  ::close(file);
  return written;
}

std::vector<std::optional<RankStatus>> StatusBoard::read(int ranks) const {
  std::vector<std::optional<RankStatus>> found;
  for (int rank = 0; rank < ranks; ++rank) {
    std::ostringstream text;
    text << std::ifstream(file_of(rank)).rdbuf();
    found.push_back(parse_status(text.str(), start_));
    if (found.back() && found.back()->rank != rank) found.back().reset();
  }
  return found;
}

bool StatusBoard::claim_the_last_word() const {
  const int file = ::open((folder_ / "verdict").c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (file >= 0) ::close(file);
  return file >= 0 || errno != EEXIST;
}

void StatusBoard::remove(int rank) const {
  std::error_code ignored;
  std::filesystem::remove(file_of(rank), ignored);
  std::filesystem::remove(folder_, ignored);
  std::filesystem::remove(folder_.parent_path(), ignored);
}

}  // namespace lockstep

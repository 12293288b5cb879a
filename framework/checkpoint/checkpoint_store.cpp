#include "framework/checkpoint/checkpoint_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <system_error>

#include "framework/core/errors.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "checkpoint-";
constexpr std::string_view kSuffix = ".h5";

/// The update in "checkpoint-00000500.h5".
std::optional<std::uint64_t> update_in_name(std::string_view name) {
  if (!name.starts_with(kPrefix) || !name.ends_with(kSuffix)) return std::nullopt;
  name.remove_prefix(kPrefix.size());
  name.remove_suffix(kSuffix.size());
  std::uint64_t update = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), update);
  if (error != std::errc() || end != name.data() + name.size()) return std::nullopt;
  return update;
}

void check(const std::error_code& error, const char* verb, const fs::path& path) {
  if (error) throw RunError(fmt::format("{}: can't {} it: {}", path.string(), verb, error.message()));
}

}  // namespace

CheckpointStore::CheckpointStore(const fs::path& run) : folder_(run / "checkpoints") {}

fs::path CheckpointStore::path_of(std::uint64_t update) const {
  return folder_ / fmt::format("{}{:08}{}", kPrefix, update, kSuffix);
}

fs::path CheckpointStore::best() const {
  return folder_ / "best.h5";
}

void CheckpointStore::create() const {
  std::error_code error;
  fs::create_directories(folder_, error);
  check(error, "create", folder_);
}

std::vector<CheckpointStore::Entry> CheckpointStore::list() const {
  std::vector<Entry> entries;
  if (!fs::exists(folder_)) return entries;
  std::error_code error;
  for (const fs::directory_entry& file : fs::directory_iterator(folder_, error)) {
    if (const auto update = update_in_name(file.path().filename().string())) entries.push_back({*update, file.path()});
  }
  check(error, "list", folder_);
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.update > b.update; });
  return entries;
}

fs::path CheckpointStore::find_newest(std::vector<std::string>& skipped) const {
  const std::vector<Entry> entries = list();
  for (const Entry& entry : entries) {
    try {
      return CheckpointReader(entry.path).path();
    } catch (const DataError& error) {
      skipped.emplace_back(error.what());
    }
  }
  if (entries.empty()) return {};
  throw DataError(fmt::format("{}: none of {} checkpoints is good, the newest: {}; begin anew with --fresh --force",
                              folder_.string(), entries.size(), skipped.front()));
}

void CheckpointStore::mark_best(std::uint64_t update) const {
  // First under another name, then renamed: best.h5 is never missing.
  const fs::path temporary = folder_ / "best.h5.tmp";
  std::error_code error;
  fs::remove(temporary, error);
  fs::create_hard_link(path_of(update), temporary, error);
  if (error) {
    fs::copy_file(path_of(update), temporary, error);
    check(error, "write", temporary);
  }
  fs::rename(temporary, best(), error);
  check(error, "write", best());
  // Renaming a second link to the same file does nothing and leaves the first in place.
  fs::remove(temporary, error);
}

void CheckpointStore::prune(std::uint64_t update, std::size_t keep) const {
  std::size_t seen = 0;
  for (const Entry& entry : list()) {
    // A newer one is a leftover that didn't verify when the run was resumed; it will be overwritten.
    if (entry.update > update || ++seen <= std::max<std::size_t>(keep, 1)) continue;
    std::error_code error;
    fs::remove(entry.path, error);
    check(error, "delete", entry.path);
  }
}

void CheckpointStore::remove_all() const {
  std::error_code error;
  for (const Entry& entry : list()) {
    fs::remove(entry.path, error);
    check(error, "delete", entry.path);
  }
  fs::remove(best(), error);
  check(error, "delete", best());
}

}  // namespace lockstep

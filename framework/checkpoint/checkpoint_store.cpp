#include "framework/checkpoint/checkpoint_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <span>
#include <system_error>

#include "framework/core/errors.h"
#include "framework/storage/descriptor.h"
#include "framework/storage/whole_file.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "checkpoint-";
constexpr std::string_view kSuffix = ".h5";
constexpr std::size_t kCopiedAtOnce = std::size_t{1} << 20;

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
void check(int error, const char* verb, const fs::path& path) {
  check(std::error_code(error, std::generic_category()), verb, path);
}

}  // namespace

CheckpointStore::CheckpointStore(const fs::path& run, const FileSystem& files)
    : files_(files), folder_(run / "checkpoints") {}

fs::path CheckpointStore::path_of(std::uint64_t update) const {
  return folder_ / fmt::format("{}{:08}{}", kPrefix, update, kSuffix);
}

fs::path CheckpointStore::best() const {
  return folder_ / "best.h5";
}

void CheckpointStore::create() const {
  create_folders(folder_, files_);
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

void CheckpointStore::remove_leftovers() const {
  const std::string temporary = temporary_name("").string();
  std::error_code error;
  for (const fs::directory_entry& file : fs::directory_iterator(folder_, error)) {
    std::string name = file.path().filename().string();
    if (!name.ends_with(temporary)) continue;
    name.resize(name.size() - temporary.size());
    if (update_in_name(name) || name == best().filename()) check(files_.remove(file.path()), "delete", file.path());
  }
  check(error, "list", folder_);
}

void CheckpointStore::save(const CheckpointContents& contents, bool best, std::size_t keep) const {
  const std::uint64_t update = contents.record.progress.update;
  write_checkpoint(path_of(update), contents, files_);
  if (best) mark_best(update);
  prune(update, keep);
}

void CheckpointStore::mark_best(std::uint64_t update) const {
  // First under another name, then renamed: best.h5 is never missing.
  const fs::path temporary = temporary_name(best());
  check(files_.remove(temporary), "delete", temporary);
  if (files_.link(path_of(update), temporary) != 0) {
    copy(path_of(update), best());
    return;
  }
  check(files_.rename(temporary, best()), "write", best());
  // Renaming a second link to the same file does nothing and leaves the first in place.
  check(files_.remove(temporary), "delete", temporary);
  check(files_.sync_folder(folder_), "write", folder_);
}

void CheckpointStore::copy(const fs::path& from, const fs::path& to) const {
  const Descriptor source = open_to_read(from);
  WholeFile copied(to, files_);
  std::vector<char> piece(kCopiedAtOnce);
  for (std::uint64_t done = 0; done < file_length(source);) {
    const std::ptrdiff_t count = read_at(source.number(), done, std::as_writable_bytes(std::span(piece)));
    if (count <= 0) throw RunError(fmt::format("{}: can't be read to copy it; check the disk", from.string()));
    copied.append(std::string_view(piece.data(), static_cast<std::size_t>(count)));
    done += static_cast<std::uint64_t>(count);
  }
  copied.commit();
}

void CheckpointStore::prune(std::uint64_t update, std::size_t keep) const {
  const std::vector<Entry> entries = list();
  if (std::ranges::find(entries, update, &Entry::update) == entries.end()) return;
  std::size_t seen = 0;
  for (const Entry& entry : entries) {
    // A newer one is a leftover that didn't verify when the run was resumed; it will be overwritten.
    if (entry.update > update || ++seen <= std::max<std::size_t>(keep, 1)) continue;
    check(files_.remove(entry.path), "delete", entry.path);
  }
}

void CheckpointStore::remove_all() const {
  for (const Entry& entry : list()) check(files_.remove(entry.path), "delete", entry.path);
  check(files_.remove(best()), "delete", best());
  check(files_.sync_folder(folder_), "write", folder_);
}

}  // namespace lockstep

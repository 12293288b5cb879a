#include "tests/support/faulty_disk.h"

#include <sys/stat.h>

#include <cerrno>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <utility>

namespace lockstep {
namespace {

namespace fs = std::filesystem;

std::uint64_t number_of(const Descriptor& file) {
  struct stat status {};
  if (::fstat(file.number(), &status) != 0) throw std::runtime_error("not an open file");
  return status.st_ino;
}

std::string bytes_of(const Descriptor& file) {
  std::string bytes(file_length(file), '\0');
  if (read_at(file.number(), 0, std::as_writable_bytes(std::span(bytes))) < 0) throw std::runtime_error("can't read");
  return bytes;
}

}  // namespace

FaultyDisk::FaultyDisk(const fs::path& folder, Fault fault, std::uint64_t step)
    : folder_(folder), fault_(fault), at_(step) {
  for (const fs::directory_entry& file : fs::recursive_directory_iterator(folder)) {
    if (!file.is_regular_file()) continue;
    const Descriptor opened = open_to_read(file.path());
    // Two names of one file are one inode here too.
    const auto [known, added] = state_.inodes.try_emplace(number_of(opened), state_.inodes.size());
    state_.names[file.path()] = known->second;
    if (added) state_.synced[known->second] = bytes_of(opened);
  }
  state_.synced_names = state_.names;
  state_.inodes_made = state_.inodes.size();
}

FaultyDisk::FaultyDisk(const fs::path& folder, Fault fault, std::string step) : FaultyDisk(folder, fault, 0) {
  at_text_ = std::move(step);
}

std::unique_lock<std::mutex> FaultyDisk::begin(const std::string& what) const {
  if (before_step) before_step(what);
  return std::unique_lock(mutex_);
}

FaultyDisk::Inode FaultyDisk::inode_of(const Descriptor& file) const {
  return state_.inodes.at(number_of(file));
}

std::string FaultyDisk::name_of(const Descriptor& file) const {
  const std::lock_guard turn(mutex_);
  for (const auto& [path, inode] : state_.names) {
    if (inode == inode_of(file)) return path.filename().string();
  }
  return "a file without a name";
}

int FaultyDisk::step(const std::string& what, bool takes_space) const {
  if (state_.dead) return EIO;
  const bool now = at_text_.empty() ? state_.next == at_ : what == at_text_ && !std::exchange(state_.met, true);
  ++state_.next;
  state_.log.push_back(what);
  if (now && fault_ == Fault::kFullForGood) state_.full = true;
  if (state_.full && takes_space) return ENOSPC;
  if (!now) return 0;
  state_.tear = (fault_ == Fault::kShortWrite || fault_ == Fault::kTornWrite) && what.starts_with("write ");
  switch (fault_) {
    case Fault::kNoSpace:
    case Fault::kShortWrite:
      return takes_space ? ENOSPC : 0;
    case Fault::kError:
      return EIO;
    case Fault::kKilled:
    case Fault::kTornWrite:
    case Fault::kPowerLoss:
    case Fault::kNamesOnly:
    case Fault::kRemovalsOnly:
      state_.dead = true;
      return EIO;
    default:
      return 0;
  }
}

int FaultyDisk::create(const fs::path& path, Descriptor& file) const {
  const std::string what = "create " + path.filename().string();
  const auto turn = begin(what);
  if (const int error = step(what, true)) return error;
  const int error = disk().create(path, file);
  if (error == 0) {
    // The system may reuse the number of a file that was removed, or empties the old one.
    state_.names[path] = state_.inodes[number_of(file)] = state_.inodes_made++;
  }
  return error;
}

int FaultyDisk::create_unnamed(const fs::path& folder, Descriptor& file) const {
  const std::string what = "create a file without a name";
  const auto turn = begin(what);
  if (const int error = step(what, true)) return error;
  const int error = disk().create_unnamed(folder, file);
  if (error == 0) state_.inodes[number_of(file)] = state_.inodes_made++;
  return error;
}

int FaultyDisk::open(const fs::path& path, Descriptor& file) const {
  const std::string what = "open " + path.filename().string();
  const auto turn = begin(what);
  if (const int error = step(what, true)) return error;
  const int error = disk().open(path, file);
  if (error != 0) return error;
  const auto [known, added] = state_.inodes.try_emplace(number_of(file), state_.inodes_made);
  if (added) ++state_.inodes_made;
  state_.names[path] = known->second;
  return 0;
}

int FaultyDisk::write(const Descriptor& file, std::uint64_t offset, std::span<const std::byte> bytes) const {
  const std::string what = "write " + name_of(file);
  const auto turn = begin(what);
  if (const int error = step(what, true)) {
    if (!std::exchange(state_.tear, false)) return error;
    const int worse = disk().write(file, offset, bytes.first(bytes.size() / 2));
    return worse != 0 ? worse : error;
  }
  return disk().write(file, offset, bytes);
}

int FaultyDisk::truncate(const Descriptor& file, std::uint64_t length) const {
  const std::string what = "truncate " + name_of(file);
  const auto turn = begin(what);
  if (const int error = step(what, false)) return error;
  return disk().truncate(file, length);
}

int FaultyDisk::sync(const Descriptor& file) const {
  const std::string what = "sync " + name_of(file);
  const auto turn = begin(what);
  if (const int error = step(what, false)) return error;
  state_.synced[inode_of(file)] = bytes_of(file);
  return 0;
}

int FaultyDisk::sync_folder(const fs::path& folder) const {
  const std::string what = "sync folder " + folder.filename().string();
  const auto turn = begin(what);
  if (const int error = step(what, false)) return error;
  std::erase_if(state_.synced_names, [&](const auto& entry) { return entry.first.parent_path() == folder; });
  for (const auto& [path, inode] : state_.names) {
    if (path.parent_path() == folder) state_.synced_names[path] = inode;
  }
  return 0;
}

int FaultyDisk::rename(const fs::path& from, const fs::path& to) const {
  const std::string what = "rename " + from.filename().string() + " to " + to.filename().string();
  const auto turn = begin(what);
  if (const int error = step(what, true)) return error;
  const int error = disk().rename(from, to);
  if (error == 0) {
    const Inode inode = state_.names.at(from);
    state_.names[to] = inode;
    // Two names of one file: the system leaves both.
    if (!fs::exists(from)) state_.names.erase(from);
  }
  return error;
}

int FaultyDisk::link(const fs::path& file, const fs::path& name) const {
  const std::string what = "link " + file.filename().string() + " as " + name.filename().string();
  const auto turn = begin(what);
  if (const int error = step(what, true)) return error;
  const int error = disk().link(file, name);
  if (error == 0) state_.names[name] = state_.names.at(file);
  return error;
}

int FaultyDisk::remove(const fs::path& path) const {
  const std::string what = "remove " + path.filename().string();
  const auto turn = begin(what);
  if (const int error = step(what, false)) return error;
  state_.names.erase(path);
  return disk().remove(path);
}

int FaultyDisk::create_folder(const fs::path& folder) const {
  const std::string what = "create folder " + folder.filename().string();
  const auto turn = begin(what);
  if (const int error = step(what, true)) return error;
  return disk().create_folder(folder);
}

void FaultyDisk::fall() {
  if (fault_ != Fault::kPowerLoss && fault_ != Fault::kNamesOnly && fault_ != Fault::kRemovalsOnly) return;
  Names left = fault_ == Fault::kNamesOnly ? state_.names : state_.synced_names;
  if (fault_ == Fault::kRemovalsOnly) {
    std::erase_if(left, [&](const auto& entry) { return !state_.names.contains(entry.first); });
  }
  std::vector<fs::path> gone;
  for (const fs::directory_entry& file : fs::recursive_directory_iterator(folder_)) {
    if (file.is_regular_file()) gone.push_back(file.path());
  }
  for (const fs::path& path : gone) fs::remove(path);
  for (const auto& [path, inode] : left) {
    const auto bytes = state_.synced.find(inode);
    std::ofstream(path, std::ios::binary) << (bytes == state_.synced.end() ? std::string() : bytes->second);
  }
}

}  // namespace lockstep

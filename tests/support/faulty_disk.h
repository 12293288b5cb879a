#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "framework/storage/file_system.h"

namespace lockstep {

/// What becomes of the disk at the chosen step.
enum class Fault {
  kNone,
  kNoSpace,      ///< the step fails for want of space; what is no write succeeds
  kError,        ///< the step fails with an I/O error
  kShortWrite,   ///< half of the bytes are written, then there is no space
  kFullForGood,  ///< from this step on there is no space; removing and syncing still work
  kKilled,       ///< the process ends before the step: the system keeps what it was told
  kTornWrite,    ///< as kKilled, but half of the step's bytes are written
  kPowerLoss,    ///< all that was not synced is gone, names too
  kNamesOnly,    ///< a power loss after which names are as last told, but bytes that were not synced are gone
  kRemovalsOnly  ///< a power loss after which removals have reached the disk, and nothing else that was not synced
};

/// A real folder whose writing goes wrong at one step: each call that changes something is a step, counted from 0.
/// After a crash nothing that the process does reaches the disk; fall() then leaves the folder as the next start finds
/// it.
class FaultyDisk final : public FileSystem {
 public:
  /// What lies in `folder` now counts as synced.
  FaultyDisk(const std::filesystem::path& folder, Fault fault, std::uint64_t step);
  /// At the first step that log() would call this.
  FaultyDisk(const std::filesystem::path& folder, Fault fault, std::string step);

  /// Called before each step, with what it is; may block. Set before use.
  std::function<void(const std::string&)> before_step;

  [[nodiscard]] std::uint64_t steps() const { return state_.next; }
  /// What each step was: "write checkpoint-00000015.h5.tmp".
  [[nodiscard]] const std::vector<std::string>& log() const { return state_.log; }
  void fall();

  int create(const std::filesystem::path& path, Descriptor& file) const override;
  int create_unnamed(const std::filesystem::path& folder, Descriptor& file) const override;
  int open(const std::filesystem::path& path, Descriptor& file) const override;
  int write(const Descriptor& file, std::uint64_t offset, std::span<const std::byte> bytes) const override;
  int truncate(const Descriptor& file, std::uint64_t length) const override;
  int sync(const Descriptor& file) const override;
  int sync_folder(const std::filesystem::path& folder) const override;
  int rename(const std::filesystem::path& from, const std::filesystem::path& to) const override;
  int link(const std::filesystem::path& file, const std::filesystem::path& name) const override;
  int remove(const std::filesystem::path& path) const override;
  int create_folder(const std::filesystem::path& folder) const override;

 private:
  using Inode = std::uint64_t;
  using Names = std::map<std::filesystem::path, Inode>;
  struct State {
    std::uint64_t next = 0;
    bool dead = false;
    bool full = false;
    bool met = false;                       ///< the step that has a text
    bool tear = false;                      ///< the write at hand gets half of its bytes out
    std::map<std::uint64_t, Inode> inodes;  ///< of the system's inode numbers, which it reuses
    Inode inodes_made = 0;
    Names names;                          ///< as the process sees them
    Names synced_names;                   ///< as a power loss leaves them
    std::map<Inode, std::string> synced;  ///< bytes that a power loss leaves; absent: none
    std::vector<std::string> log;
  };
  /// A step of any thread, from its beginning to its end.
  [[nodiscard]] std::unique_lock<std::mutex> begin(const std::string& what) const;
  /// Counts a step. Returns an error number, or 0 when the step is to be done. `takes_space`: a full disk refuses it.
  int step(const std::string& what, bool takes_space) const;
  [[nodiscard]] Inode inode_of(const Descriptor& file) const;
  [[nodiscard]] std::string name_of(const Descriptor& file) const;

  std::filesystem::path folder_;
  Fault fault_;
  std::uint64_t at_ = 0;
  std::string at_text_;  ///< not empty: instead of at_
  // The interface is const, for the system itself has no state of ours.
  mutable State state_;
  mutable std::mutex mutex_;
};

}  // namespace lockstep

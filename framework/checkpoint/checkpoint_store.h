#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "framework/checkpoint/checkpoint_reader.h"
#include "framework/checkpoint/checkpoint_writer.h"

namespace lockstep {

/// The checkpoints of a run: <run>/checkpoints/checkpoint-00000500.h5 and best.h5. Used by rank 0 alone.
class CheckpointStore {
 public:
  /// Doesn't touch the disk. `files` must outlive it.
  explicit CheckpointStore(const std::filesystem::path& run, const FileSystem& files = disk());

  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
  [[nodiscard]] std::filesystem::path path_of(std::uint64_t update) const;
  [[nodiscard]] std::filesystem::path best() const;

  /// Makes the folder. Throws RunError.
  void create() const;

  struct Entry {
    std::uint64_t update = 0;
    std::filesystem::path path;
  };
  /// Checkpoints by their names, newest first, good or not.
  [[nodiscard]] std::vector<Entry> list() const;

  /// The newest checkpoint that verifies, or an empty path. Appends to `skipped` one line for each newer one that
  /// doesn't. Throws DataError when there are checkpoints and none is good: a run must not begin anew unasked.
  [[nodiscard]] std::filesystem::path find_newest(std::vector<std::string>& skipped) const;

  /// Deletes what a writer that was killed left half done, and nothing but names that we make. Throws RunError.
  void remove_leftovers() const;

  /// Writes a checkpoint; then it becomes the best, if it is, and all but the newest `keep` are deleted. A crash at any
  /// point of it leaves one that verifies. Throws RunError.
  void save(const CheckpointContents& contents, bool best, std::size_t keep) const;

  /// best.h5 becomes another name of this checkpoint, or a copy where the file system has no links.
  void mark_best(std::uint64_t update) const;

  /// Deletes all but the newest `keep` of the checkpoints up to `update`, which has just been written and read back: at
  /// least one good checkpoint stays. Deletes nothing when that one isn't there. best.h5 is not touched.
  void prune(std::uint64_t update, std::size_t keep) const;

  /// Deletes every checkpoint and best.h5: for a run that begins anew.
  void remove_all() const;

 private:
  void copy(const std::filesystem::path& from, const std::filesystem::path& to) const;

  const FileSystem& files_;
  std::filesystem::path folder_;
};

}  // namespace lockstep

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <future>
#include <optional>
#include <string>

#include "framework/checkpoint/checkpoint_store.h"
#include "framework/core/configuration.h"
#include "framework/core/huge_pages.h"
#include "framework/parallel/communicator.h"
#include "framework/storage/folder_lock.h"
#include "framework/training/sharded_state.h"

namespace lockstep {

/// How a run begins where there may be one already.
struct StartOptions {
  bool fresh = false;                    ///< don't go on from a checkpoint
  bool force = false;                    ///< with fresh: delete the checkpoints there are
  bool allow_different_compute = false;  ///< go on although the bits may differ from here on
  /// How long to wait for who works in the folder: ranks whose mpirun was killed notice it within a second or two.
  std::chrono::milliseconds lock_patience{10000};
};

/// What stays the same during a run and goes into each of its checkpoints.
struct RunIdentity {
  std::string configuration;  ///< YAML
  std::string corpus_digest;
  std::string program_version;
  ComputeRecord compute;
  std::function<void(FileWriter&)> write_vocabularies;
  std::string program_revision = {};  ///< ranks must share it; no file tells it, so that equal runs have equal files
};

/// The checkpoints of a run over all ranks: rank 0 writes and deletes, every rank reads what it needs. The run's folder
/// is this training's alone as long as the object lives. Functions that take part in messages are collective; errors
/// that all ranks share are SharedErrors.
///
/// A checkpoint is written by a thread of rank 0, from a copy of the state, while training goes on. The copy's memory
/// is kept. HDF5 has no locks: between save() and settle() nobody else on rank 0 may read or write a file of ours.
class RunFiles {
 public:
  /// Locks the folder and removes what a killed writer left half done. `ranks` and `files` must outlive it. Throws
  /// SharedError when the run's folder can't be made or another training works there.
  RunFiles(const Communicator& ranks, const std::filesystem::path& run, RunIdentity identity,
           std::chrono::milliseconds lock_patience, const FileSystem& files = disk());
  /// Waits for the checkpoint that is being written.
  ~RunFiles() = default;
  RunFiles(const RunFiles&) = delete;
  RunFiles& operator=(const RunFiles&) = delete;

  /// Restores `state` from the newest good checkpoint and returns its record, or initial values and an empty record
  /// where there is none. Throws a SharedError when the checkpoint belongs to another configuration, corpus or (unless
  /// allowed) way of computing, or when `fresh` would overwrite without `force`.
  RunRecord begin(const StartOptions& options, std::uint64_t seed, ShardedState& state);

  /// Copies the state and begins to write a checkpoint; when it is there it becomes the best, if it is, and all but the
  /// newest `keep` are deleted. Returns its path. Settles the one before. Collective.
  std::filesystem::path save(const Progress& progress, const std::vector<ValidationRecord>& history,
                             const ParameterLayout& layout, const ShardedState& state, std::size_t keep, bool best);

  /// Whether a checkpoint has been written, or failed, and settle() wouldn't wait. False on ranks that write nothing.
  [[nodiscard]] bool can_settle() const;
  /// Waits until what save() began is done; throws what went wrong, on all ranks. Collective.
  void settle();

  /// The checkpoint of this update, saved and settled, is the best so far.
  void mark_best(std::uint64_t update);

 private:
  [[nodiscard]] std::filesystem::path find(const StartOptions& options) const;
  void check_identity(const RunRecord& record, const std::filesystem::path& path, const StartOptions& options) const;

  void copy_state(const ParameterLayout& layout, const ShardedState& state);
  void write_copy(const ParameterLayout& layout, const std::vector<std::string>& slots, const RunRecord& record,
                  bool best, std::size_t keep) const;

  const Communicator& ranks_;
  CheckpointStore store_;
  RunIdentity identity_;
  std::optional<FolderLock> lock_;  ///< on rank 0
  HugeBuffer<float> copy_;          ///< parameters, then the optimizer's slots, each layout.size() elements; on rank 0
  std::future<void> writing_;       ///< last: its end waits for the thread, which uses all of the above
};

}  // namespace lockstep

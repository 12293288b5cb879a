#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "framework/checkpoint/checkpoint_store.h"
#include "framework/core/configuration.h"
#include "framework/parallel/communicator.h"
#include "framework/training/sharded_state.h"

namespace lockstep {

/// How a run begins where there may be one already.
struct StartOptions {
  bool fresh = false;                    ///< don't go on from a checkpoint
  bool force = false;                    ///< with fresh: delete the checkpoints there are
  bool allow_different_compute = false;  ///< go on although the bits may differ from here on
};

/// What stays the same during a run and goes into each of its checkpoints.
struct RunIdentity {
  std::string configuration;  ///< YAML
  std::string corpus_digest;
  std::string program_version;
  ComputeRecord compute;
  std::function<void(FileWriter&)> write_vocabularies;
};

/// The checkpoints of a run over all ranks: rank 0 writes and deletes, every rank reads what it needs. Functions that
/// take part in messages are collective; errors that all ranks share are SharedErrors.
class RunFiles {
 public:
  /// `ranks` must outlive it. Throws SharedError when the run's folder can't be made.
  RunFiles(const Communicator& ranks, const std::filesystem::path& run, RunIdentity identity);

  /// Restores `state` from the newest good checkpoint and returns its record, or initial values and an empty record
  /// where there is none. Throws a SharedError when the checkpoint belongs to another configuration, corpus or (unless
  /// allowed) way of computing, or when `fresh` would overwrite without `force`.
  RunRecord begin(const StartOptions& options, std::uint64_t seed, ShardedState& state);

  /// Writes a checkpoint; then all but the newest `keep` are deleted. Returns its path. Collective.
  std::filesystem::path save(const Progress& progress, const std::vector<ValidationRecord>& history,
                             const ParameterLayout& layout, const ShardedState& state, std::size_t keep);

  /// The checkpoint of this update, already saved, is the best so far.
  void mark_best(std::uint64_t update);

 private:
  [[nodiscard]] std::filesystem::path find(const StartOptions& options) const;
  void check_identity(const RunRecord& record, const std::filesystem::path& path, const StartOptions& options) const;

  const Communicator& ranks_;
  CheckpointStore store_;
  RunIdentity identity_;
};

}  // namespace lockstep

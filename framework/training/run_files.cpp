#include "framework/training/run_files.h"

#include <fmt/format.h>

#include "framework/core/log.h"

namespace lockstep {

RunFiles::RunFiles(const Communicator& ranks, const std::filesystem::path& run, RunIdentity identity)
    : ranks_(ranks), store_(run), identity_(std::move(identity)) {
  ranks_.agree([&] {
    if (ranks_.rank() == 0) store_.create();
  });
}

std::filesystem::path RunFiles::find(const StartOptions& options) const {
  if (options.fresh && !options.force) {
    const auto there = store_.list();
    if (!there.empty()) {
      throw ConfigError(
          fmt::format("{} holds a checkpoint of update {}: --fresh would overwrite it; add --force to delete "
                      "it, or set another folder with --set run=FOLDER",
                      store_.folder().string(), there.front().update));
    }
  }
  if (ranks_.rank() != 0) return {};
  if (options.fresh) {
    store_.remove_all();
    return {};
  }
  std::vector<std::string> skipped;
  const std::filesystem::path newest = store_.find_newest(skipped);
  for (const std::string& line : skipped) log_warning("skipped a checkpoint: {}", line);
  return newest;
}

void RunFiles::check_identity(const RunRecord& record, const std::filesystem::path& path,
                              const StartOptions& options) const {
  constexpr const char* kWayOut = "set it back, or begin anew with --fresh --force";
  const Configuration before = parse_configuration(record.configuration, path.string(), {});
  const Configuration now = parse_configuration(identity_.configuration, "configuration", {});
  for (const ConfigurationDifference& difference : differences(before, now)) {
    if (difference.changes_run) {
      throw ConfigError(fmt::format("{} is {} now but {} in {}: a run can't change it; {}", difference.key,
                                    difference.right, difference.left, path.string(), kWayOut));
    }
    if (ranks_.rank() == 0) log_info("{}: {}, was {}", difference.key, difference.right, difference.left);
  }
  if (record.corpus_digest != identity_.corpus_digest) {
    throw DataError(
        fmt::format("{} was trained on another corpus file (digest {}, now {}); prepare the same one again, or "
                    "begin anew with --fresh --force",
                    path.string(), record.corpus_digest, identity_.corpus_digest));
  }
  if (record.compute != identity_.compute) {
    const std::string difference = fmt::format("{} was computed with {} on {}, this program computes with {} on {}",
                                               path.string(), record.compute.gemm, record.compute.instruction_set,
                                               identity_.compute.gemm, identity_.compute.instruction_set);
    if (!options.allow_different_compute) {
      throw ConfigError(difference +
                        ": the bits would differ from here on; go on all the same with "
                        "--allow-different-compute");
    }
    if (ranks_.rank() == 0) log_warning("{}: the bits may differ from here on", difference);
  }
}

RunRecord RunFiles::begin(const StartOptions& options, std::uint64_t seed, ShardedState& state) {
  const std::filesystem::path path = ranks_.broadcast(ranks_.agree([&] { return find(options); }).string());
  if (path.empty()) {
    state.initialize(seed);
    return {};
  }
  RunRecord record = ranks_.agree([&] {
    const CheckpointReader checkpoint(path);
    check_identity(checkpoint.record(), path, options);
    state.restore(checkpoint);
    return checkpoint.record();
  });
  require_same(ranks_, "checkpoint", fmt::format("{} update {}", path.string(), record.progress.update));
  if (ranks_.rank() == 0) log_info("goes on from {}, update {}", path.string(), record.progress.update);
  return record;
}

std::filesystem::path RunFiles::save(const Progress& progress, const std::vector<ValidationRecord>& history,
                                     const ParameterLayout& layout, const ShardedState& state, std::size_t keep) {
  const std::filesystem::path path = store_.path_of(progress.update);
  const std::vector<std::string> slots = state.slot_names();
  if (ranks_.rank() != 0) {
    for (const SlotPiece& piece : slot_pieces(layout, slots.size())) state.fetch(piece, {});
  } else {
    const RunRecord record{progress,
                           history,
                           identity_.compute,
                           identity_.configuration,
                           identity_.corpus_digest,
                           identity_.program_version};
    write_checkpoint(path, {layout, state.parameters(), slots,
                            [&](const SlotPiece& piece, std::span<float> into) { state.fetch(piece, into); }, record,
                            identity_.write_vocabularies});
    store_.prune(progress.update, keep);
  }
  return path;
}

void RunFiles::mark_best(std::uint64_t update) {
  if (ranks_.rank() == 0) store_.mark_best(update);
}

}  // namespace lockstep

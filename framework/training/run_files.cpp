#include "framework/training/run_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <string_view>
#include <utility>

#include "framework/core/log.h"

namespace lockstep {
namespace {

/// "0.1" of "0.1.2": releases that differ in it may compute other bits (CONTRIBUTING.md).
std::string_view bits_of(std::string_view version) {
  return version.substr(0, version.find('.', version.find('.') + 1));
}

}  // namespace

RunFiles::RunFiles(const Communicator& ranks, const std::filesystem::path& run, RunIdentity identity,
                   std::chrono::milliseconds lock_patience, const FileSystem& files)
    : ranks_(ranks), store_(run, files), identity_(std::move(identity)) {
  ranks_.agree([&] {
    if (ranks_.rank() != 0) return;
    store_.create();
    lock_.emplace(run, lock_patience, files);
    store_.remove_leftovers();
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
  std::filesystem::path newest = store_.find_newest(skipped);
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
  if (record.compute != identity_.compute || bits_of(record.program_version) != bits_of(identity_.program_version)) {
    const std::string difference =
        fmt::format("{} was computed with {} on {} by Lockstep {}, this program computes with {} on {} and is {}",
                    path.string(), record.compute.gemm, record.compute.instruction_set, record.program_version,
                    identity_.compute.gemm, identity_.compute.instruction_set, identity_.program_version);
    if (!options.allow_different_compute) {
      throw ConfigError(difference +
                        ": the bits would differ from here on; go on all the same with "
                        "--allow-different-compute");
    }
    if (ranks_.rank() == 0) log_warning("{}: the bits may differ from here on", difference);
  }
}

RunRecord RunFiles::begin(const StartOptions& options, std::uint64_t seed, ShardedState& state) {
  if (ranks_.rank() == 0) {
    // Taken and touched now: a machine that is too small shows at once, and no checkpoint waits for pages.
    copy_.reserve(state.parameters().size() * (1 + state.slot_names().size()));
    std::fill_n(copy_.data(), copy_.size(), 0.0F);
  }
  const std::filesystem::path path = ranks_.broadcast(ranks_.agree([&] { return find(options); }).string());
  if (path.empty()) {
    state.initialize(seed);
    return {};
  }
  RunRecord record = ranks_.agree([&] {
    const CheckpointReader checkpoint(path);
    check_identity(checkpoint.record(), path, options);
    state.restore(checkpoint);
    const Progress& progress = checkpoint.record().progress;
    // A crash may have come between the checkpoint and its mark.
    if (ranks_.rank() == 0 && progress.best_update == progress.update) store_.mark_best(progress.update);
    return checkpoint.record();
  });
  require_same(ranks_, "checkpoint", fmt::format("{} update {}", path.string(), record.progress.update));
  if (ranks_.rank() == 0) log_info("goes on from {}, update {}", path.string(), record.progress.update);
  return record;
}

void RunFiles::copy_state(const ParameterLayout& layout, const ShardedState& state) {
  const std::size_t slots = state.slot_names().size();
  const std::size_t size = layout.size();
  if (ranks_.rank() == 0) std::ranges::copy(state.parameters(), copy_.data());
  for (const SlotPiece& piece : slot_pieces(layout, slots)) {
    std::span<float> into;
    if (ranks_.rank() == 0) into = {copy_.data() + size * (1 + piece.slot) + piece.begin, piece.count};
    state.fetch(piece, into);
  }
}

void RunFiles::write_copy(const ParameterLayout& layout, const std::vector<std::string>& slots, const RunRecord& record,
                          bool best, std::size_t keep) const {
  Heartbeat::Writing writing(ranks_.heartbeat());
  const std::size_t size = layout.size();
  const auto fetch = [&](const SlotPiece& piece, std::span<float> into) {
    writing.beat();
    std::copy_n(copy_.data() + size * (1 + piece.slot) + piece.begin, piece.count, into.begin());
  };
  store_.save({layout, {copy_.data(), size}, slots, fetch, record, identity_.write_vocabularies}, best, keep);
}

std::filesystem::path RunFiles::save(const Progress& progress, const std::vector<ValidationRecord>& history,
                                     const ParameterLayout& layout, const ShardedState& state, std::size_t keep,
                                     bool best) {
  settle();
  copy_state(layout, state);
  std::filesystem::path path = store_.path_of(progress.update);
  if (ranks_.rank() != 0) return path;
  RunRecord record{progress,
                   history,
                   identity_.compute,
                   identity_.configuration,
                   identity_.corpus_digest,
                   identity_.program_version};
  writing_ =
      std::async(std::launch::async, [this, &layout, slots = state.slot_names(), keep, best,
                                      record = std::move(record)] { write_copy(layout, slots, record, best, keep); });
  return path;
}

bool RunFiles::can_settle() const {
  return writing_.valid() && writing_.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
}

void RunFiles::settle() {
  ranks_.agree([&] {
    if (writing_.valid()) writing_.get();
  });
}

void RunFiles::mark_best(std::uint64_t update) {
  if (ranks_.rank() == 0) store_.mark_best(update);
}

}  // namespace lockstep

#include "framework/training/update_step.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace lockstep {
namespace {

constexpr const char* kRemedy =
    "the last checkpoint is untouched; lower training.optimizer.learning_rate or training.clip_norm";

}  // namespace

UpdateStep::UpdateStep(const Communicator& ranks, const Configuration& configuration, const Dataset& dataset,
                       Model<float>& model, ShardedState& state, Profile* profile)
    : ranks_(ranks),
      configuration_(configuration),
      dataset_(dataset),
      model_(model),
      state_(state),
      profile_(profile),
      shards_(shards_of_rank(ranks.rank(), ranks.size(), static_cast<std::size_t>(configuration.training.shards))),
      accumulator_(state.gradient_shape(), state.gradient_arrays()) {
  model_.bind(state_.parameters());
  for (const auto& [begin, end] : model_.ready_order()) ready_order_.push_back({begin, end});
  // Behind the last parameter the array is padded.
  ready_order_.push_back({model_.layout().size(), state_.gradient_shape().elements()});
}

ShardLoss UpdateStep::compute(std::uint64_t update, const Batch& batch, std::size_t shard,
                              const GradientArray& gradients, const GradientReady& ready) {
  const std::span<float> used(gradients.values, model_.layout().size());
  const std::vector<std::uint64_t>& examples = batch.shards[shard];
  if (examples.empty()) {
    zero_outside_row_blocks(model_.layout(), used);
    return {};
  }
  const ShardKey key{static_cast<std::uint64_t>(configuration_.seed), update, static_cast<std::uint32_t>(shard)};
  {
    const Profile::Span span(profile_, Work::kInput, "load shard");
    dataset_.load_into(examples, loaded_);
  }
  const Profile::Span span(profile_, Work::kElementwise, "gradients of shard");
  return model_.gradients(loaded_, key, used, ready);
}

void UpdateStep::mark(const GradientArray& gradients) const {
  const auto rows = model_.touched_rows();
  for (std::size_t block = 0; block < rows.size(); ++block) state_.gradient_shape().mark(gradients, block, rows[block]);
}

ShardLoss UpdateStep::add(std::uint64_t update, const Batch& batch, std::size_t shard) {
  const GradientArray& leaf = accumulator_.leaf();
  const ShardLoss loss = compute(update, batch, shard, leaf, {});
  if (!batch.shards[shard].empty()) mark(leaf);
  const Profile::Span span(profile_, Work::kCommunication, "add along the tree");
  accumulator_.add(shard);
  return loss;
}

ShardLoss UpdateStep::add_and_send(std::uint64_t update, const Batch& batch, std::size_t shard) {
  const GradientArray leaf = accumulator_.leaf();
  bool started = false;
  const auto start = [&] {
    if (std::exchange(started, true)) return;
    if (!batch.shards[shard].empty()) mark(leaf);
    accumulator_.add_apart(shard);
    state_.start_reduction(accumulator_.subtrees(), ready_order_);
  };
  const ShardLoss loss = compute(update, batch, shard, leaf, [&](std::size_t begin, std::size_t end) {
    start();
    state_.complete(begin, end);
  });
  start();  // no call came from a shard without examples
  return loss;
}

UpdateReport UpdateStep::run(std::uint64_t update, const Batch& batch) {
  own_losses_.clear();
  for (std::size_t shard = shards_.begin; shard < shards_.end; ++shard) {
    const bool sends = state_.overlaps() && shard + 1 == shards_.end;
    const ShardLoss loss = sends ? add_and_send(update, batch, shard) : add(update, batch, shard);
    own_losses_.push_back(loss.objective);
    own_losses_.push_back(loss.cross_entropy);
  }
  if (state_.overlaps())
    state_.finish_reduction();
  else
    state_.reduce(accumulator_.subtrees());
  // Objective and cross-entropy of every shard, by shard.
  {
    const Profile::Span span(profile_, Work::kCommunication, "gather losses");
    ranks_.allgather(own_losses_, losses_);
  }
  check_losses(update, losses_);

  UpdateReport report;
  report.words = batch.words;
  const double mean = 1 / static_cast<double>(batch.words);
  for (std::size_t i = 0; i < losses_.size(); i += 2) {
    report.objective += losses_[i];
    report.cross_entropy += losses_[i + 1];
  }
  report.objective *= mean;
  report.cross_entropy *= mean;
  report.gradient_norm = state_.step(update, batch.words, configuration_.training.clip_norm);
  accumulator_.clear();
  if (!std::isfinite(report.gradient_norm)) blame_shard(update, batch);
  model_.bind(state_.parameters());
  return report;
}

void UpdateStep::check_losses(std::uint64_t update, std::span<const double> losses) const {
  const auto bad = std::find_if(losses.begin(), losses.end(), [](double loss) { return !std::isfinite(loss); });
  if (bad == losses.end()) return;
  // All ranks see the same losses, and throw alike.
  throw SharedError(
      ExitCode::kRun,
      fmt::format("the loss is {} at update {}, shard {}; {}", *bad, update, (bad - losses.begin()) / 2, kRemedy), 0);
}

void UpdateStep::blame_shard(std::uint64_t update, const Batch& batch) {
  // The sums have swallowed the single gradients: compute them again to name the one at fault.
  constexpr std::int64_t kNone = std::numeric_limits<std::int64_t>::min();
  std::int64_t own = kNone;
  for (std::size_t shard = shards_.begin; shard < shards_.end && own == kNone; ++shard) {
    const GradientArray& gradients = accumulator_.leaf();
    // Folding has brought rows of other shards here, which this one may not write.
    std::fill_n(gradients.values, model_.layout().size(), 0.0F);
    compute(update, batch, shard, gradients, {});
    const bool finite = std::all_of(gradients.values, gradients.values + model_.layout().size(),
                                    [](float g) { return std::isfinite(g); });
    if (!finite) own = -static_cast<std::int64_t>(shard);
  }
  const std::int64_t first = ranks_.max(own);
  const std::string where = first == kNone ? "in the sum over shards" : fmt::format("shard {}", -first);
  throw SharedError(ExitCode::kRun,
                    fmt::format("the gradient is not finite at update {}, {}; {}", update, where, kRemedy), 0);
}

}  // namespace lockstep

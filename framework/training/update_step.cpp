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
      subtrees_(state.subtrees()),
      accumulator_(state.gradient_shape(), state.gradient_arrays()) {
  std::size_t most = 0;
  for (const TreeNode& node : subtrees_) most = std::max(most, shards_below(node).size());
  loaded_.resize(most);
  model_.bind(state_.parameters());
  for (const auto& [begin, end] : model_.ready_order()) ready_order_.push_back({begin, end});
  // Behind the last parameter the array is padded.
  ready_order_.push_back({model_.layout().size(), state_.gradient_shape().elements()});
}

void UpdateStep::compute(std::uint64_t update, const Batch& batch, TreeNode node, const GradientArray& gradients,
                         const GradientReady& ready) {
  const std::span<float> used(gradients.values, model_.layout().size());
  const ShardRange shards = shards_below(node);
  {
    const Profile::Span span(profile_, Work::kInput, "load shard");
    keys_.clear();
    for (std::size_t shard = shards.begin; shard < shards.end; ++shard) {
      dataset_.load_into(batch.shards[shard], loaded_[keys_.size()]);
      keys_.push_back({static_cast<std::uint64_t>(configuration_.seed), update, static_cast<std::uint32_t>(shard)});
    }
    shard_losses_.resize(shards.size());
  }
  const Profile::Span span(profile_, Work::kElementwise, "gradients of shard");
  model_.gradients_together(std::span(loaded_).first(shards.size()), keys_, shard_losses_, used, ready);
  for (const ShardLoss& loss : shard_losses_) {
    own_losses_.push_back(loss.objective);
    own_losses_.push_back(loss.cross_entropy);
  }
}

void UpdateStep::mark(const GradientArray& gradients) const {
  const auto rows = model_.touched_rows();
  for (std::size_t block = 0; block < rows.size(); ++block) state_.gradient_shape().mark(gradients, block, rows[block]);
}

void UpdateStep::add(std::uint64_t update, const Batch& batch, TreeNode node) {
  const GradientArray& gradients = accumulator_.next();
  compute(update, batch, node, gradients, {});
  mark(gradients);
  const Profile::Span span(profile_, Work::kCommunication, "add along the tree");
  accumulator_.add(node);
}

void UpdateStep::add_and_send(std::uint64_t update, const Batch& batch, TreeNode node) {
  const GradientArray gradients = accumulator_.next();
  bool started = false;
  compute(update, batch, node, gradients, [&](std::size_t begin, std::size_t end) {
    if (!std::exchange(started, true)) {
      mark(gradients);
      accumulator_.add_apart(node);
      state_.start_reduction(accumulator_.subtrees(), ready_order_);
    }
    state_.complete(begin, end);
  });
}

UpdateReport UpdateStep::run(std::uint64_t update, const Batch& batch) {
  own_losses_.clear();
  for (const TreeNode& node : subtrees_) {
    if (state_.overlaps() && node == subtrees_.back())
      add_and_send(update, batch, node);
    else
      add(update, batch, node);
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
    const GradientArray& gradients = accumulator_.next();
    // Folding has brought rows of other shards here, which this one may not write.
    std::fill_n(gradients.values, model_.layout().size(), 0.0F);
    compute(update, batch, {0, shard}, gradients, {});
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

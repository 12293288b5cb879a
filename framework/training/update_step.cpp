#include "framework/training/update_step.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

namespace lockstep {
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
  const Heartbeat::Phase phase(ranks_.heartbeat(), "gradients of shards");
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
    ranks_.heartbeat().beat();
  });
}

UpdateReport UpdateStep::run(std::uint64_t update, std::uint64_t step, const Batch& batch) {
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
  // While the parameters are still those that the gradients were computed with.
  if (check_ && checks(update)) check_->compare_parameters(update);

  UpdateReport report;
  report.words = batch.words;
  report_losses(report);
  // All ranks see the same losses and the same norm, and decide alike.
  if (report.skipped()) {
    state_.skip();
  } else {
    report.gradient_norm = state_.step(step, batch.words, configuration_.training.clip_norm);
    if (!std::isfinite(report.gradient_norm)) report.fault = fmt::format("the gradient is {}", report.gradient_norm);
  }
  accumulator_.clear();
  model_.bind(state_.parameters());
  if (report.skipped() && report.fault_shards.empty()) report.fault_shards = find_faulty_shards(update, batch);
  if (check_ && checks(update) && ranks_.size() > 1) {
    const std::size_t shard = static_cast<std::size_t>(update / check_every_) % batch.shards.size();
    check_->compare_gradients(update, shard, gradient_of(update, batch, shard));
  }
  if (check_ && checks(update + 1)) check_->remember();
  return report;
}

void UpdateStep::report_losses(UpdateReport& report) const {
  for (std::size_t i = 0; i < losses_.size(); i += 2) {
    report.objective += losses_[i];
    report.cross_entropy += losses_[i + 1];
    if (std::isfinite(losses_[i])) continue;
    if (report.fault.empty()) report.fault = fmt::format("the loss is {}", losses_[i]);
    report.fault_shards.push_back(i / 2);
  }
  const double mean = 1 / static_cast<double>(report.words);
  report.objective *= mean;
  report.cross_entropy *= mean;
}

std::span<const float> UpdateStep::gradient_of(std::uint64_t update, const Batch& batch, std::size_t shard) {
  const GradientArray& gradients = accumulator_.next();
  compute(update, batch, {0, shard}, gradients, {});
  mark(gradients);
  state_.gradient_shape().zero_other_rows(gradients);
  return {gradients.values, model_.layout().size()};
}

std::vector<std::size_t> UpdateStep::find_faulty_shards(std::uint64_t update, const Batch& batch) {
  // The sums have swallowed the single gradients: compute them again to name those at fault.
  std::vector<double> own;
  for (std::size_t shard = shards_.begin; shard < shards_.end; ++shard) {
    const std::span<const float> gradient = gradient_of(update, batch, shard);
    const bool finite = std::all_of(gradient.begin(), gradient.end(), [](float g) { return std::isfinite(g); });
    if (!finite) own.push_back(static_cast<double>(shard));
  }
  const std::vector<double> all = ranks_.allgather(own);
  return {all.begin(), all.end()};
}

void UpdateStep::check_ranks_every(std::uint64_t updates) {
  check_every_ = updates;
  check_.reset();
  if (updates == 0) return;
  check_ = std::make_unique<RankCheck>(ranks_, state_);
  check_->remember();
}

}  // namespace lockstep

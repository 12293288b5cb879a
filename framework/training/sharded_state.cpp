#include "framework/training/sharded_state.h"

#include <algorithm>
#include <cmath>

#include "framework/numeric/optimizer_kernels.h"

namespace lockstep {
namespace {

ExchangeOptions exchange_options(const Model<float>& model, const Configuration& configuration) {
  ExchangeOptions options;
  options.shards = static_cast<std::size_t>(configuration.training.shards);
  options.precision =
      configuration.training.reduction == Precision::kBfloat16 ? SumPrecision::kBfloat16 : SumPrecision::kFloat32;
  options.ranks_a_node = static_cast<int>(configuration.compute.ranks_a_node);
  // Sums that are rounded are made one by one.
  if (options.precision == SumPrecision::kFloat32)
    options.shards_together = model.shards_together(static_cast<std::size_t>(configuration.training.shard_sentences));
  return options;
}

}  // namespace

ShardedState::ShardedState(const Communicator& ranks, const Model<float>& model, const Configuration& configuration,
                           Profile* profile)
    : ranks_(ranks),
      layout_(model.layout()),
      profile_(profile),
      exchange_(ranks, layout_.size(), layout_.row_blocks(), exchange_options(model, configuration)),
      slice_(exchange_.slice()),
      block_sums_(slice_.size() / kSliceBlock),
      optimizer_(make_optimizer(configuration.training.optimizer, slice_.size())) {}

void ShardedState::initialize(std::uint64_t seed) {
  ranks_.agree([&] {
    if (ranks_.rank() == 0) lockstep::initialize<float>(layout_, seed, exchange_.parameters().first(layout_.size()));
  });
  exchange_.broadcast_parameters();
}

void ShardedState::restore(const CheckpointReader& checkpoint) {
  const std::vector<std::string> names = slot_names();
  checkpoint.check_layout(layout_, names);
  if (exchange_.fills_parameters()) checkpoint.read_model(layout_, exchange_.parameters());
  for (OptimizerSlot& slot : optimizer_->slots()) {
    checkpoint.read_slot(layout_, slot.name, slice_.begin, slot.values);
  }
}

void ShardedState::reduce(const std::vector<Subtree>& subtrees) {
  const Profile::Span span(profile_, Work::kCommunication, "reduce gradients");
  gradient_ = exchange_.reduce(subtrees);
}

void ShardedState::finish_reduction() {
  const Profile::Span span(profile_, Work::kCommunication, "reduce gradients");
  gradient_ = exchange_.finish();
}

double ShardedState::step(std::uint64_t number, std::uint64_t words, double clip_norm) {
  const Profile::Span span(profile_, Work::kOptimizer, "clip and step");
  squared_block_sums(gradient_, kSliceBlock, block_sums_);
  const double mean = 1 / static_cast<double>(words);
  const double sum_of_squares = [&] {
    const Profile::Span gather(profile_, Work::kCommunication, "gather sums of squares");
    return exchange_.sum_of_blocks(block_sums_);
  }();
  const double norm = std::sqrt(sum_of_squares) * mean;
  if (!std::isfinite(norm)) {
    skip();
    return norm;
  }
  const double clip = clip_norm > 0 && norm > clip_norm ? clip_norm / norm : 1;

  optimizer_->step(number, gradient_, static_cast<float>(mean * clip),
                   exchange_.parameters().subspan(slice_.begin, slice_.size()));
  const Profile::Span publish(profile_, Work::kCommunication, "publish parameters");
  exchange_.publish();
  return norm;
}

void ShardedState::skip() {
  // Parameters that nobody has changed; the arrays are their ranks' own again.
  const Profile::Span publish(profile_, Work::kCommunication, "publish parameters");
  exchange_.publish();
}

std::vector<std::string> ShardedState::slot_names() const {
  std::vector<std::string> names;
  for (const OptimizerSlot& slot : optimizer_->slots()) names.push_back(slot.name);
  return names;
}

void ShardedState::fetch(const SlotPiece& piece, std::span<float> into) const {
  exchange_.gather_range(optimizer_->slots()[piece.slot].values, piece.begin, piece.count, into);
}

}  // namespace lockstep

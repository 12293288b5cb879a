#include "framework/training/sharded_state.h"

#include <algorithm>
#include <cmath>

#include "framework/numeric/optimizer_kernels.h"

namespace lockstep {

ShardedState::ShardedState(const Communicator& ranks, const ParameterLayout& layout,
                           const OptimizerConfiguration& optimizer, std::size_t shards, Profile* profile)
    : ranks_(ranks),
      layout_(layout),
      profile_(profile),
      slices_(layout.size(), ranks.size()),
      slice_(slices_.of_rank(ranks.rank())),
      exchange_(ranks, slices_, shards),
      all_(slices_.padded(), 0.0F),
      block_sums_(slice_.size() / kSliceBlock),
      optimizer_(make_optimizer(optimizer, slice_.size())) {
  if (ranks.size() > 1) own_.resize(slice_.size());
}

void ShardedState::initialize(std::uint64_t seed) {
  ranks_.agree([&] {
    if (ranks_.rank() == 0) lockstep::initialize<float>(layout_, seed, std::span(all_).first(layout_.size()));
  });
  ranks_.broadcast(all_);
}

void ShardedState::restore(const CheckpointReader& checkpoint) {
  const std::vector<std::string> names = slot_names();
  checkpoint.check_layout(layout_, names);
  checkpoint.read_model(layout_, all_);
  for (OptimizerSlot& slot : optimizer_->slots()) {
    checkpoint.read_slot(layout_, slot.name, slice_.begin, slot.values);
  }
}

double ShardedState::step(std::uint64_t update, const std::vector<TreeStack<float*>::Entry>& subtrees,
                          std::uint64_t words, double clip_norm) {
  const std::span<const float> gradient = [&] {
    const Profile::Span span(profile_, Work::kCommunication, "reduce gradients");
    return exchange_.reduce(subtrees);
  }();
  const Profile::Span span(profile_, Work::kOptimizer, "clip and step");
  squared_block_sums(gradient, kSliceBlock, block_sums_);
  const double mean = 1 / static_cast<double>(words);
  const double sum_of_squares = [&] {
    const Profile::Span gather(profile_, Work::kCommunication, "gather sums of squares");
    return exchange_.sum_of_blocks(block_sums_);
  }();
  const double norm = std::sqrt(sum_of_squares) * mean;
  if (!std::isfinite(norm)) return norm;
  const double clip = clip_norm > 0 && norm > clip_norm ? clip_norm / norm : 1;

  const bool alone = ranks_.size() == 1;
  const std::span<float> in_place = std::span(all_).subspan(slice_.begin, slice_.size());
  const std::span<float> own = alone ? in_place : std::span(own_);
  if (!alone) std::copy(in_place.begin(), in_place.end(), own.begin());
  optimizer_->step(update, gradient, static_cast<float>(mean * clip), own);
  const Profile::Span gather(profile_, Work::kCommunication, "gather parameters");
  exchange_.gather_to_all(own, all_);
  return norm;
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

#include "framework/parallel/slice_exchange.h"

#include <algorithm>
#include <cassert>
#include <cstring>

#include "framework/parallel/communicator_state.h"

namespace lockstep {
namespace {

/// What a rank receives at once, in elements: enough for long messages, little beside the model.
constexpr std::size_t kReceiveElements = 1U << 22;

}  // namespace

struct SliceExchange::State {
  MPI_Datatype block = MPI_DATATYPE_NULL;
};

SliceExchange::SliceExchange(const Communicator& ranks, const Slices& slices, std::size_t shards)
    : ranks_(ranks), slices_(slices), state_(std::make_unique<State>()) {
  MPI_Type_contiguous(static_cast<int>(kSliceBlock), MPI_FLOAT, &state_->block);
  MPI_Type_commit(&state_->block);
  std::size_t subtrees = 0;
  std::size_t longest_slice = 0;
  for (int rank = 0; rank < ranks.size(); ++rank) {
    first_subtree_.push_back(subtrees);
    subtrees_of_rank_.push_back(complete_subtrees(shards_of_rank(rank, ranks.size(), shards)));
    subtrees += subtrees_of_rank_.back().size();
    rounds_ = std::max(rounds_, subtrees_of_rank_.back().size());
    longest_slice = std::max(longest_slice, slices.of_rank(rank).size() / kSliceBlock);
  }
  if (ranks.size() == 1) return;
  bucket_blocks_ =
      std::clamp<std::size_t>(kReceiveElements / kSliceBlock / subtrees, 1, std::max<std::size_t>(longest_slice, 1));
  received_.resize(subtrees * bucket_blocks_ * kSliceBlock);
  sum_.resize(slices.of_rank(ranks.rank()).size());
}

SliceExchange::~SliceExchange() {
  MPI_Type_free(&state_->block);
}

void SliceExchange::exchange_bucket(const std::vector<TreeStack<float*>::Entry>& subtrees, std::size_t first_block) {
  const auto p = static_cast<std::size_t>(ranks_.size());
  const auto blocks_in_bucket = [&](int rank) {
    const std::size_t blocks = slices_.of_rank(rank).size() / kSliceBlock;
    return static_cast<int>(std::min(bucket_blocks_, blocks - std::min(blocks, first_block)));
  };
  const int own_blocks = blocks_in_bucket(ranks_.rank());
  std::vector<int> send_counts(p), send_begins(p), receive_counts(p), receive_begins(p);
  for (std::size_t round = 0; round < rounds_; ++round) {
    const bool sends = round < subtrees.size();
    for (std::size_t other = 0; other < p; ++other) {
      const int rank = static_cast<int>(other);
      const bool receives = round < subtrees_of_rank_[other].size();
      send_counts[other] = sends ? blocks_in_bucket(rank) : 0;
      send_begins[other] = static_cast<int>(slices_.of_rank(rank).begin / kSliceBlock + first_block);
      receive_counts[other] = receives ? own_blocks : 0;
      receive_begins[other] = receives ? static_cast<int>((first_subtree_[other] + round) * bucket_blocks_) : 0;
    }
    MPI_Alltoallv(sends ? subtrees[round].value : nullptr, send_counts.data(), send_begins.data(), state_->block,
                  received_.data(), receive_counts.data(), receive_begins.data(), state_->block, ranks_.state_->handle);
  }
}

std::span<float> SliceExchange::reduce(const std::vector<TreeStack<float*>::Entry>& subtrees) {
  assert(subtrees.size() == subtrees_of_rank_[static_cast<std::size_t>(ranks_.rank())].size());
  if (ranks_.size() == 1) return {subtrees.front().value, slices_.padded()};
  std::size_t longest_slice = 0;
  for (int rank = 0; rank < ranks_.size(); ++rank) {
    longest_slice = std::max(longest_slice, slices_.of_rank(rank).size() / kSliceBlock);
  }
  const std::size_t bucket = bucket_blocks_ * kSliceBlock;
  TreeStack<float*> stack;
  for (std::size_t first_block = 0; first_block < longest_slice; first_block += bucket_blocks_) {
    exchange_bucket(subtrees, first_block);
    const std::size_t begin = first_block * kSliceBlock;
    if (begin >= sum_.size()) continue;
    const std::size_t elements = std::min(bucket, sum_.size() - begin);
    stack.clear();
    float* part = received_.data();
    for (const std::vector<TreeNode>& nodes : subtrees_of_rank_) {
      for (const TreeNode node : nodes) {
        stack.push(node, part, [&](float* left, const float* right) { add_elements(left, right, elements); });
        part += bucket;
      }
    }
    assert(stack.entries().size() == 1);
    std::memcpy(sum_.data() + begin, stack.entries().front().value, elements * sizeof(float));
  }
  return sum_;
}

void SliceExchange::gather_to_all(std::span<const float> own, std::span<float> all) const {
  if (ranks_.size() == 1) {
    if (own.data() != all.data()) std::copy(own.begin(), own.end(), all.begin());
    return;
  }
  std::vector<int> counts, begins;
  for (int rank = 0; rank < ranks_.size(); ++rank) {
    const Slices::Slice slice = slices_.of_rank(rank);
    counts.push_back(static_cast<int>(slice.size() / kSliceBlock));
    begins.push_back(static_cast<int>(slice.begin / kSliceBlock));
  }
  MPI_Allgatherv(own.data(), counts[static_cast<std::size_t>(ranks_.rank())], state_->block, all.data(), counts.data(),
                 begins.data(), state_->block, ranks_.state_->handle);
}

void SliceExchange::gather_range(std::span<const float> own, std::size_t begin, std::size_t count,
                                 std::span<float> into) const {
  const Slices::Slice slice = slices_.of_rank(ranks_.rank());
  const std::size_t first = std::clamp(begin, slice.begin, slice.end);
  const std::size_t last = std::clamp(begin + count, slice.begin, slice.end);
  ranks_.gather(own.subspan(first - slice.begin, last - first), into);
}

double SliceExchange::sum_of_blocks(std::span<const double> block_sums) const {
  double sum = 0;
  if (ranks_.size() == 1) {
    for (const double value : block_sums) sum += value;
    return sum;
  }
  for (const double value : ranks_.allgather(block_sums)) sum += value;
  return sum;
}

}  // namespace lockstep

#include "framework/parallel/gradient_exchange.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <exception>
#include <utility>

#include "framework/core/huge_pages.h"
#include "framework/core/log.h"
#include "framework/parallel/communicator_state.h"

namespace lockstep {
namespace {

constexpr std::size_t kMostSubtrees = 63;

}  // namespace

/// What a rank tells its node before a reduction: which of its arrays hold its subtrees.
struct GradientExchange::Header {
  std::uint64_t count = 0;
  std::array<std::uint64_t, kMostSubtrees> arrays = {};
};

struct GradientExchange::State {
  MPI_Comm leaders = MPI_COMM_NULL;  ///< the first rank of each node
  std::vector<double> block_sums;    ///< of all ranks
};

GradientExchange::GradientExchange(const Communicator& ranks, std::size_t elements, const std::vector<RowBlock>& blocks,
                                   const ExchangeOptions& options)
    : ranks_(ranks),
      slices_(elements, ranks.size()),
      shape_(slices_.padded(), blocks, options.precision),
      shards_(options.shards),
      shards_together_(options.shards_together),
      node_plan_(shape_),
      state_(std::make_unique<State>()) {
  make_nodes(options.ranks_a_node);
  take_memory(blocks);
  const Heartbeat::Wait wait(ranks.heartbeat(), "grouping of hosts");
  MPI_Comm_split(ranks.state_->handle, fills_parameters() ? 0 : MPI_UNDEFINED, ranks.rank(), &state_->leaders);
  places_ = place_subtrees(false);
  if (nodes_->count() == 1) return;
  places_apart_ = place_subtrees(true);
  between_ = std::make_unique<NodeExchange>(ranks_, *nodes_, slices_, shape_);
  int threads = MPI_THREAD_SINGLE;
  MPI_Query_thread(&threads);
  if (threads >= MPI_THREAD_SERIALIZED) thread_ = std::make_unique<RangeThread>();
}

GradientExchange::~GradientExchange() {
  thread_.reset();
  // As in Nodes: not while an exception may have come on this rank alone.
  if (state_->leaders == MPI_COMM_NULL || std::uncaught_exceptions() != 0) return;
  const Heartbeat::Wait wait(ranks_.heartbeat(), "the release of hosts");
  MPI_Comm_free(&state_->leaders);
}

void GradientExchange::make_nodes(int ranks_a_node) {
  nodes_ = std::make_unique<Nodes>(ranks_, ranks_a_node);
  const bool lacks_room = nodes_->size() > 1 && node_bytes() > free_shared_memory();
  if (ranks_.max(lacks_room ? 1 : 0) == 0) return;
  if (ranks_.rank() == 0) {
    log_warning(
        "a host has less shared memory than its ranks' gradients need ({} MB on this one): ranks send messages "
        "instead, "
        "which is slower; enlarge /dev/shm",
        node_bytes() >> 20);
  }
  nodes_ = std::make_unique<Nodes>(ranks_, 1);
}

std::size_t GradientExchange::array_bytes() const {
  const std::size_t bytes = shape_.elements() * sizeof(float) + shape_.mark_words() * sizeof(std::uint64_t);
  return (bytes + kCacheLine - 1) / kCacheLine * kCacheLine;
}

std::size_t GradientExchange::part_bytes(int rank) const {
  const std::size_t arrays = TreeAccumulator::arrays_for(subtrees_of(rank));
  return sizeof(Header) + arrays * array_bytes();
}

std::size_t GradientExchange::node_bytes() const {
  std::size_t bytes = shape_.elements() * sizeof(float);
  for (const int rank : nodes_->ranks_of(nodes_->own())) bytes += part_bytes(rank);
  return bytes;
}

void GradientExchange::take_memory(std::span<const RowBlock> blocks) {
  memory_ = std::make_unique<NodeMemory>(*nodes_, part_bytes(ranks_.rank()));
  parameter_memory_ = std::make_unique<NodeMemory>(*nodes_, fills_parameters() ? shape_.elements() * sizeof(float) : 0);
  parameters_ = {reinterpret_cast<float*>(parameter_memory_->part(0)), shape_.elements()};
  const std::size_t arrays = TreeAccumulator::arrays_for(subtrees_of(ranks_.rank()));
  for (std::size_t i = 0; i < arrays; ++i) {
    arrays_.push_back(array_of(nodes_->place(), i));
    for (const RowBlock& block : blocks)
      prefer_small_pages(arrays_.back().at(block.begin), block.rows * block.row_size * sizeof(float));
  }
  *header_of(nodes_->place()) = {};
}

GradientExchange::Header* GradientExchange::header_of(int place) const {
  return reinterpret_cast<Header*>(memory_->part(place));
}

GradientArray GradientExchange::array_of(int place, std::size_t index) const {
  std::byte* const begin = memory_->part(place) + sizeof(Header) + index * array_bytes();
  auto* const values = reinterpret_cast<float*>(begin);
  return {values, reinterpret_cast<std::uint64_t*>(values + shape_.elements()), 0};
}

void GradientExchange::broadcast_parameters() const {
  const Heartbeat::Wait wait(ranks_.heartbeat(), "broadcast of parameters");
  if (fills_parameters()) {
    ranks_.state_->broadcast(parameters_.data(), parameters_.size(), MPI_FLOAT, 0, state_->leaders);
  }
  nodes_->barrier();
}

void GradientExchange::describe_own(const std::vector<Subtree>& subtrees) {
  Header* const header = header_of(nodes_->place());
  header->count = subtrees.size();
  for (std::size_t i = 0; i < subtrees.size(); ++i) {
    const auto own = std::find_if(arrays_.begin(), arrays_.end(),
                                  [&](const GradientArray& a) { return a.values == subtrees[i].value.values; });
    assert(own != arrays_.end());
    header->arrays[i] = static_cast<std::uint64_t>(own - arrays_.begin());
  }
}

void GradientExchange::collect_node(const Places& places) {
  node_subtrees_.clear();
  for (int place = 0; place < nodes_->size(); ++place) {
    const std::vector<TreeNode>& tree =
        places[static_cast<std::size_t>(nodes_->ranks_of(nodes_->own())[static_cast<std::size_t>(place)])];
    assert(tree.size() == header_of(place)->count);
    for (std::size_t i = 0; i < tree.size(); ++i)
      node_subtrees_.push_back({tree[i], array_of(place, header_of(place)->arrays[i])});
  }
  node_plan_.make(node_subtrees_);
  root_ = node_plan_.sums().front();
}

GradientExchange::Places GradientExchange::place_subtrees(bool last_apart) const {
  Places places;
  for (int rank = 0; rank < ranks_.size(); ++rank) {
    ShardRange shards = shards_of_rank(rank, ranks_.size(), shards_);
    const TreeNode last = subtrees_of(rank).back();
    if (last_apart) shards.end = shards_below(last).begin;
    places.push_back(complete_subtrees(shards));
    if (last_apart) places.back().push_back(last);
  }
  return places;
}

std::span<float> GradientExchange::reduce(const std::vector<Subtree>& subtrees) {
  const Slices::Slice own = slice();
  describe_own(subtrees);
  nodes_->barrier();
  collect_node(places_);
  if (between_) {
    const Heartbeat::Wait wait(ranks_.heartbeat(), "sum of gradients");
    between_->learn_marks(subtrees, places_);
    between_->sum(node_plan_, 0, shape_.elements(), root_);
  } else {
    node_plan_.run(own.begin, own.end);
    ranks_.heartbeat().set_range(own.begin, own.end);
  }
  return {root_.value.at(own.begin), own.size()};
}

void GradientExchange::start(const std::vector<Subtree>& subtrees, std::span<const ElementRange> order) {
  describe_own(subtrees);
  // By reference: while the destructor ends the thread, thread_ is null already.
  thread_->start([this, &thread = *thread_, subtrees, order] {
    between_->wait_beside(&thread);
    bool first = true;
    for (const ElementRange& range : order) {
      thread.wait_for(range.begin, range.end);
      between_->node_barrier();
      if (std::exchange(first, false)) {
        collect_node(places_apart_);
        between_->learn_marks(subtrees, places_apart_);
      }
      between_->sum(node_plan_, range.begin, range.end, root_);
    }
    between_->wait_beside(nullptr);
  });
}

void GradientExchange::complete(std::size_t begin, std::size_t end) {
  thread_->complete(begin, end);
}

std::span<float> GradientExchange::finish() {
  const Heartbeat::Wait wait(ranks_.heartbeat(), "sum of gradients");
  thread_->finish();
  return {root_.value.at(slice().begin), slice().size()};
}

void GradientExchange::publish() {
  if (between_) {
    const Heartbeat::Wait wait(ranks_.heartbeat(), "exchange of parameters");
    between_->share_slices(parameters_);
  }
  // Rows that folding has brought into an array that didn't have them.
  shape_.zero_rows(root_.value, slice().begin, slice().end);
  if (between_) {
    for (const int owner : between_->handled()) {
      const Slices::Slice part = slices_.of_rank(owner);
      for (const Subtree& sum : node_plan_.sums()) shape_.zero_rows(sum.value, part.begin, part.end);
    }
  }
  for (const Subtree& sum : node_plan_.sums()) shape_.zero_rows(sum.value, slice().begin, slice().end);
  nodes_->barrier();
}

void GradientExchange::gather_range(std::span<const float> own, std::size_t begin, std::size_t count,
                                    std::span<float> into) const {
  const std::size_t first = std::clamp(begin, slice().begin, slice().end);
  const std::size_t last = std::clamp(begin + count, slice().begin, slice().end);
  ranks_.gather(own.subspan(first - slice().begin, last - first), into);
}

double GradientExchange::sum_of_blocks(std::span<const double> block_sums) const {
  double sum = 0;
  if (ranks_.size() == 1) {
    for (const double value : block_sums) sum += value;
    return sum;
  }
  ranks_.allgather(block_sums, state_->block_sums);
  for (const double value : state_->block_sums) sum += value;
  return sum;
}

}  // namespace lockstep

#include "framework/parallel/gradient_exchange.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cstring>
#include <exception>
#include <string>
#include <utility>

#include "framework/core/log.h"
#include "framework/parallel/communicator_state.h"

namespace lockstep {
namespace {

/// Elements of all other nodes' sums that a rank receives at once: enough for long messages, little beside the model.
constexpr std::size_t kReceiveElements = 1U << 22;
constexpr std::size_t kMostSubtrees = 63;
constexpr std::size_t kCacheLine = 64;

/// Elements of a broadcast that go out at once.
constexpr std::size_t kBroadcastPiece = 1U << 24;

}  // namespace

/// What a rank tells its node before a reduction: which of its arrays hold its subtrees.
struct GradientExchange::Header {
  std::uint64_t count = 0;
  std::array<std::uint64_t, kMostSubtrees> arrays = {};
};

struct GradientExchange::State {
  MPI_Datatype block = MPI_DATATYPE_NULL;
  MPI_Comm leaders = MPI_COMM_NULL;  ///< the first rank of each node
  std::vector<double> block_sums;    ///< of all ranks

  // Sums of other nodes, while they are exchanged.
  struct OtherNode {
    std::unique_ptr<FoldPlan> plan;
    std::vector<Subtree> subtrees;
    std::vector<std::byte> message;
    std::vector<std::vector<float>> sums;
  };
  std::vector<OtherNode> others;  ///< by node; this rank's own stays empty
  std::vector<std::string> marks;
  std::vector<std::vector<std::uint64_t>> mark_words;
  std::vector<std::vector<std::byte>> outgoing;  ///< by place in handled_
  std::unique_ptr<FoldPlan> whole;
};

GradientExchange::GradientExchange(const Communicator& ranks, std::size_t elements, std::vector<RowBlock> blocks,
                                   const ExchangeOptions& options)
    : ranks_(ranks),
      slices_(elements, ranks.size()),
      shape_(slices_.padded(), std::move(blocks), options.precision),
      shards_(options.shards),
      node_plan_(shape_),
      state_(std::make_unique<State>()) {
  MPI_Type_contiguous(static_cast<int>(kSliceBlock), MPI_FLOAT, &state_->block);
  MPI_Type_commit(&state_->block);
  make_nodes(options.ranks_a_node);
  take_memory();
  MPI_Comm_split(ranks.state_->handle, fills_parameters() ? 0 : MPI_UNDEFINED, ranks.rank(), &state_->leaders);
  for (int owner = 0; owner < ranks.size(); ++owner) {
    const bool elsewhere = nodes_->of_rank(owner) != nodes_->own();
    if (elsewhere && handler(nodes_->own(), owner) == ranks.rank()) handled_.push_back(owner);
  }
  for (const int rank : nodes_->ranks_of(nodes_->own()))
    node_trees_.push_back(complete_subtrees(shards_of_rank(rank, ranks.size(), shards_)));
  state_->others.resize(static_cast<std::size_t>(nodes_->count()));
  state_->outgoing.resize(handled_.size());
  for (State::OtherNode& other : state_->others) other.plan = std::make_unique<FoldPlan>(shape_);
  state_->whole = std::make_unique<FoldPlan>(shape_);
}

GradientExchange::~GradientExchange() {
  MPI_Type_free(&state_->block);
  // As in Nodes: not while an exception may have come on this rank alone.
  if (state_->leaders != MPI_COMM_NULL && std::uncaught_exceptions() == 0) MPI_Comm_free(&state_->leaders);
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
  const std::size_t arrays = TreeAccumulator::arrays_for(shards_of_rank(rank, ranks_.size(), shards_));
  return sizeof(Header) + arrays * array_bytes();
}

std::size_t GradientExchange::node_bytes() const {
  std::size_t bytes = shape_.elements() * sizeof(float);
  for (const int rank : nodes_->ranks_of(nodes_->own())) bytes += part_bytes(rank);
  return bytes;
}

void GradientExchange::take_memory() {
  memory_ = std::make_unique<NodeMemory>(*nodes_, part_bytes(ranks_.rank()));
  parameter_memory_ = std::make_unique<NodeMemory>(*nodes_, fills_parameters() ? shape_.elements() * sizeof(float) : 0);
  parameters_ = {reinterpret_cast<float*>(parameter_memory_->part(0)), shape_.elements()};
  const std::size_t arrays = TreeAccumulator::arrays_for(shards_of_rank(ranks_.rank(), ranks_.size(), shards_));
  for (std::size_t i = 0; i < arrays; ++i) arrays_.push_back(array_of(nodes_->place(), i));
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

int GradientExchange::handler(int node, int owner) const {
  const std::vector<int>& ranks = nodes_->ranks_of(node);
  return ranks[static_cast<std::size_t>(owner) % ranks.size()];
}

void GradientExchange::broadcast_parameters() const {
  for (std::size_t begin = 0; fills_parameters() && begin < parameters_.size(); begin += kBroadcastPiece) {
    const std::size_t count = std::min(kBroadcastPiece, parameters_.size() - begin);
    MPI_Bcast(parameters_.data() + begin, static_cast<int>(count), MPI_FLOAT, 0, state_->leaders);
  }
  nodes_->barrier();
}

void GradientExchange::collect_node(const std::vector<Subtree>& subtrees) {
  Header* const header = header_of(nodes_->place());
  header->count = subtrees.size();
  for (std::size_t i = 0; i < subtrees.size(); ++i) {
    const auto own = std::find_if(arrays_.begin(), arrays_.end(),
                                  [&](const GradientArray& a) { return a.values == subtrees[i].value.values; });
    assert(own != arrays_.end());
    header->arrays[i] = static_cast<std::uint64_t>(own - arrays_.begin());
  }
  nodes_->barrier();
  node_subtrees_.clear();
  for (int place = 0; place < nodes_->size(); ++place) {
    const std::vector<TreeNode>& tree = node_trees_[static_cast<std::size_t>(place)];
    assert(tree.size() == header_of(place)->count);
    for (std::size_t i = 0; i < tree.size(); ++i)
      node_subtrees_.push_back({tree[i], array_of(place, header_of(place)->arrays[i])});
  }
  node_plan_.make(node_subtrees_);
}

std::span<float> GradientExchange::reduce(const std::vector<Subtree>& subtrees) {
  collect_node(subtrees);
  const Slices::Slice own = slice();
  if (nodes_->count() == 1) {
    node_plan_.run(own.begin, own.end);
    root_ = node_plan_.sums().front();
  } else {
    exchange_between_nodes();
  }
  return {root_.value.at(own.begin), own.size()};
}

void GradientExchange::plan_other_nodes() {
  // Everybody's marks, so that all know which rows a message holds.
  std::string own;
  for (int place = 0; place < nodes_->size(); ++place) {
    if (place != nodes_->place()) continue;
    const Header* const header = header_of(place);
    for (std::uint64_t i = 0; i < header->count; ++i)
      own.append(reinterpret_cast<const char*>(array_of(place, header->arrays[i]).marks),
                 shape_.mark_words() * sizeof(std::uint64_t));
  }
  state_->marks = ranks_.allgather(own);
  state_->mark_words.resize(state_->marks.size());
  for (State::OtherNode& other : state_->others) other.subtrees.clear();
  for (int rank = 0; rank < ranks_.size(); ++rank) {
    const int node = nodes_->of_rank(rank);
    if (node == nodes_->own()) continue;
    const auto r = static_cast<std::size_t>(rank);
    std::vector<std::uint64_t>& words = state_->mark_words[r];
    words.resize(state_->marks[r].size() / sizeof(std::uint64_t));
    std::memcpy(words.data(), state_->marks[r].data(), state_->marks[r].size());
    std::uint64_t* marks = words.data();
    for (const TreeNode tree_node : complete_subtrees(shards_of_rank(rank, ranks_.size(), shards_))) {
      state_->others[static_cast<std::size_t>(node)].subtrees.push_back({tree_node, {nullptr, marks, 0}});
      marks += shape_.mark_words();
    }
  }
  for (State::OtherNode& other : state_->others) other.plan->make(other.subtrees);
}

void GradientExchange::exchange_between_nodes() {
  plan_other_nodes();
  // Of all nodes, this one too: pieces must be alike everywhere.
  std::size_t sums = node_plan_.sums().size();
  std::size_t longest_slice = 0;
  for (const State::OtherNode& other : state_->others) sums += other.plan->sums().size();
  for (int rank = 0; rank < ranks_.size(); ++rank)
    longest_slice = std::max(longest_slice, slices_.of_rank(rank).size());
  const std::size_t piece = std::max<std::size_t>(kReceiveElements / kSliceBlock / sums, 1) * kSliceBlock;
  const auto part_of = [&](int rank, std::size_t first) {
    const Slices::Slice slice = slices_.of_rank(rank);
    return Slices::Slice{std::min(slice.begin + first, slice.end), std::min(slice.begin + first + piece, slice.end)};
  };
  const auto message_bytes = [&](const std::vector<Subtree>& all, const Slices::Slice& part) {
    std::size_t bytes = 0;
    for (const Subtree& sum : all) bytes += shape_.packed_bytes(sum.value.marks, part.begin, part.end);
    return bytes;
  };
  const MPI_Comm comm = ranks_.state_->handle;
  root_ = node_plan_.sums().front();
  std::vector<MPI_Request> requests;
  std::vector<Subtree> all;
  for (std::size_t first = 0; first < longest_slice; first += piece) {
    requests.clear();
    const Slices::Slice own = part_of(ranks_.rank(), first);
    for (int node = 0; node < nodes_->count(); ++node) {
      State::OtherNode& other = state_->others[static_cast<std::size_t>(node)];
      if (node == nodes_->own()) continue;
      other.message.resize(message_bytes(other.plan->sums(), own));
      if (other.message.empty()) continue;
      MPI_Irecv(other.message.data(), static_cast<int>(other.message.size()), MPI_BYTE, handler(node, ranks_.rank()), 0,
                comm, &requests.emplace_back());
    }
    for (std::size_t h = 0; h < handled_.size(); ++h) {
      const Slices::Slice part = part_of(handled_[h], first);
      node_plan_.run(part.begin, part.end);
      std::vector<std::byte>& message = state_->outgoing[h];
      message.resize(message_bytes(node_plan_.sums(), part));
      std::byte* to = message.data();
      for (const Subtree& sum : node_plan_.sums()) {
        shape_.pack(sum.value, part.begin, part.end, to);
        to += shape_.packed_bytes(sum.value.marks, part.begin, part.end);
      }
      if (message.empty()) continue;
      MPI_Isend(message.data(), static_cast<int>(message.size()), MPI_BYTE, handled_[h], 0, comm,
                &requests.emplace_back());
    }
    node_plan_.run(own.begin, own.end);
    MPI_Waitall(static_cast<int>(requests.size()), requests.data(), MPI_STATUSES_IGNORE);

    all = node_plan_.sums();
    for (State::OtherNode& other : state_->others) {
      const std::byte* from = other.message.data();
      other.sums.resize(other.plan->sums().size());
      for (std::size_t i = 0; i < other.sums.size(); ++i) {
        Subtree sum = other.plan->sums()[i];
        other.sums[i].resize(piece);
        sum.value.values = other.sums[i].data();
        sum.value.origin = own.begin;
        shape_.unpack(from, sum.value, own.begin, own.end);
        from += shape_.packed_bytes(sum.value.marks, own.begin, own.end);
        all.push_back(sum);
      }
    }
    std::sort(all.begin(), all.end(), [](const Subtree& a, const Subtree& b) {
      return a.node.index << a.node.level < b.node.index << b.node.level;
    });
    state_->whole->make(all);
    state_->whole->run(own.begin, own.end);
    assert(state_->whole->sums().size() == 1);
    const Subtree& whole = state_->whole->sums().front();
    shape_.copy(whole.value, root_.value, own.begin, own.end);
  }
  root_.value.marks = state_->whole->sums().front().value.marks;
}

void GradientExchange::publish() {
  if (nodes_->count() > 1) {
    const MPI_Comm comm = ranks_.state_->handle;
    std::vector<MPI_Request> requests;
    const auto blocks = [&](int rank) { return static_cast<int>(slices_.of_rank(rank).size() / kSliceBlock); };
    for (const int owner : handled_) {
      MPI_Irecv(parameters_.data() + slices_.of_rank(owner).begin, blocks(owner), state_->block, owner, 1, comm,
                &requests.emplace_back());
    }
    for (int node = 0; node < nodes_->count(); ++node) {
      if (node == nodes_->own()) continue;
      MPI_Isend(parameters_.data() + slice().begin, blocks(ranks_.rank()), state_->block, handler(node, ranks_.rank()),
                1, comm, &requests.emplace_back());
    }
    MPI_Waitall(static_cast<int>(requests.size()), requests.data(), MPI_STATUSES_IGNORE);
  }
  // Rows that folding has brought into an array that didn't have them.
  shape_.zero_rows(root_.value, slice().begin, slice().end);
  for (const int owner : handled_) {
    const Slices::Slice part = slices_.of_rank(owner);
    for (const Subtree& sum : node_plan_.sums()) shape_.zero_rows(sum.value, part.begin, part.end);
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

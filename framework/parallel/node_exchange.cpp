#include "framework/parallel/node_exchange.h"

#include <algorithm>
#include <cassert>
#include <exception>
#include <numeric>

#include "framework/parallel/communicator_state.h"

namespace lockstep {
namespace {

/// Elements of all other nodes' sums that a rank receives at once: enough for long messages, little beside the model.
constexpr std::size_t kReceiveElements = 1U << 22;

}  // namespace

struct NodeExchange::State {
  /// Another node's sums, while they are exchanged.
  struct OtherNode {
    std::unique_ptr<FoldPlan> plan;
    std::vector<Subtree> subtrees;
    std::vector<std::byte> message;
    std::vector<std::vector<float>> sums;
  };

  MPI_Datatype block = MPI_DATATYPE_NULL;
  MPI_Datatype subtree_marks = MPI_DATATYPE_NULL;  ///< as a unit, so that counts stay small whatever the vocabulary
  std::vector<OtherNode> others;                   ///< by node; this rank's own stays empty
  std::vector<std::uint64_t> own_marks;
  std::vector<std::uint64_t> marks;  ///< of all ranks' subtrees, rank after rank
  std::vector<int> mark_counts;
  std::vector<int> mark_begins;
  std::vector<std::vector<std::byte>> outgoing;  ///< by place in handled_
  std::vector<MPI_Request> requests;
  std::unique_ptr<FoldPlan> whole;
};

NodeExchange::NodeExchange(const Communicator& ranks, const Nodes& nodes, const Slices& slices,
                           const GradientShape& shape)
    : ranks_(ranks), nodes_(nodes), slices_(slices), shape_(shape), state_(std::make_unique<State>()) {
  MPI_Type_contiguous(static_cast<int>(kSliceBlock), MPI_FLOAT, &state_->block);
  MPI_Type_commit(&state_->block);
  MPI_Type_contiguous(static_cast<int>(shape.mark_words()), MPI_UINT64_T, &state_->subtree_marks);
  MPI_Type_commit(&state_->subtree_marks);
  for (int owner = 0; owner < ranks.size(); ++owner) {
    const bool elsewhere = nodes.of_rank(owner) != nodes.own();
    if (elsewhere && handler(nodes.own(), owner) == ranks.rank()) handled_.push_back(owner);
  }
  state_->others.resize(static_cast<std::size_t>(nodes.count()));
  for (State::OtherNode& other : state_->others) other.plan = std::make_unique<FoldPlan>(shape);
  state_->outgoing.resize(handled_.size());
  state_->whole = std::make_unique<FoldPlan>(shape);
}

NodeExchange::~NodeExchange() {
  if (state_->requests.empty()) {
    MPI_Type_free(&state_->block);
    MPI_Type_free(&state_->subtree_marks);
  } else {
    // An exception has come amid messages: MPI may still write to their memory, until the abort that follows.
    static_cast<void>(state_.release());
  }
}

int NodeExchange::handler(int node, int owner) const {
  const std::vector<int>& ranks = nodes_.ranks_of(node);
  return ranks[static_cast<std::size_t>(owner) % ranks.size()];
}

void NodeExchange::wait() {
  std::vector<MPI_Request>& requests = state_->requests;
  const int count = static_cast<int>(requests.size());
  if (thread_ == nullptr) {
    MPI_Waitall(count, requests.data(), MPI_STATUSES_IGNORE);
  } else {
    for (int done = 0; MPI_Testall(count, requests.data(), &done, MPI_STATUSES_IGNORE), done == 0;) thread_->pause();
  }
  requests.clear();
}

void NodeExchange::node_barrier() {
  if (nodes_.size() == 1) return;
  MPI_Ibarrier(nodes_.state_->handle, &state_->requests.emplace_back());
  wait();
}

void NodeExchange::learn_marks(const std::vector<Subtree>& own, const std::vector<std::vector<TreeNode>>& subtrees) {
  const std::size_t words = shape_.mark_words();
  state_->own_marks.clear();
  for (const Subtree& subtree : own)
    state_->own_marks.insert(state_->own_marks.end(), subtree.value.marks, subtree.value.marks + words);
  state_->mark_counts.clear();
  for (const std::vector<TreeNode>& of_rank : subtrees) state_->mark_counts.push_back(static_cast<int>(of_rank.size()));
  state_->mark_begins.resize(subtrees.size());
  std::exclusive_scan(state_->mark_counts.begin(), state_->mark_counts.end(), state_->mark_begins.begin(), 0);
  const int all = state_->mark_begins.back() + state_->mark_counts.back();
  state_->marks.resize(static_cast<std::size_t>(all) * words);
  if (words > 0) {
    MPI_Iallgatherv(state_->own_marks.data(), static_cast<int>(own.size()), state_->subtree_marks, state_->marks.data(),
                    state_->mark_counts.data(), state_->mark_begins.data(), state_->subtree_marks,
                    ranks_.state_->handle, &state_->requests.emplace_back());
    wait();
  }

  for (State::OtherNode& other : state_->others) other.subtrees.clear();
  std::uint64_t* marks = state_->marks.data();
  for (std::size_t rank = 0; rank < subtrees.size(); ++rank) {
    const int node = nodes_.of_rank(static_cast<int>(rank));
    for (const TreeNode tree_node : subtrees[rank]) {
      if (node != nodes_.own())
        state_->others[static_cast<std::size_t>(node)].subtrees.push_back({tree_node, {nullptr, marks, 0}});
      marks += words;
    }
  }
  for (State::OtherNode& other : state_->others) other.plan->make(other.subtrees);
}

void NodeExchange::sum(const FoldPlan& node_plan, std::size_t begin, std::size_t end, Subtree& root) {
  const auto range_of = [&](int rank) {
    const Slices::Slice slice = slices_.of_rank(rank);
    const std::size_t first = std::clamp(begin, slice.begin, slice.end);
    return Slices::Slice{first, std::clamp(end, first, slice.end)};
  };
  // Of all nodes, this one too: pieces must be alike everywhere.
  std::size_t sums = node_plan.sums().size();
  std::size_t longest = 0;
  for (const State::OtherNode& other : state_->others) sums += other.plan->sums().size();
  for (int rank = 0; rank < ranks_.size(); ++rank) longest = std::max(longest, range_of(rank).size());
  const std::size_t piece = std::max<std::size_t>(kReceiveElements / kSliceBlock / sums, 1) * kSliceBlock;
  const auto part_of = [&](int rank, std::size_t first) {
    const Slices::Slice range = range_of(rank);
    return Slices::Slice{std::min(range.begin + first, range.end), std::min(range.begin + first + piece, range.end)};
  };
  const auto message_bytes = [&](const std::vector<Subtree>& all, const Slices::Slice& part) {
    std::size_t bytes = 0;
    for (const Subtree& sum : all) bytes += shape_.packed_bytes(sum.value.marks, part.begin, part.end);
    return bytes;
  };
  const MPI_Comm comm = ranks_.state_->handle;
  std::vector<Subtree> all;
  for (std::size_t first = 0; first < longest; first += piece) {
    const Slices::Slice own = part_of(ranks_.rank(), first);
    for (int node = 0; node < nodes_.count(); ++node) {
      State::OtherNode& other = state_->others[static_cast<std::size_t>(node)];
      if (node == nodes_.own()) continue;
      other.message.resize(message_bytes(other.plan->sums(), own));
      if (other.message.empty()) continue;
      MPI_Irecv(other.message.data(), static_cast<int>(other.message.size()), MPI_BYTE, handler(node, ranks_.rank()), 0,
                comm, &state_->requests.emplace_back());
    }
    for (std::size_t h = 0; h < handled_.size(); ++h) {
      const Slices::Slice part = part_of(handled_[h], first);
      node_plan.run(part.begin, part.end);
      std::vector<std::byte>& message = state_->outgoing[h];
      message.resize(message_bytes(node_plan.sums(), part));
      std::byte* to = message.data();
      for (const Subtree& sum : node_plan.sums()) {
        shape_.pack(sum.value, part.begin, part.end, to);
        to += shape_.packed_bytes(sum.value.marks, part.begin, part.end);
      }
      if (message.empty()) continue;
      MPI_Isend(message.data(), static_cast<int>(message.size()), MPI_BYTE, handled_[h], 0, comm,
                &state_->requests.emplace_back());
    }
    node_plan.run(own.begin, own.end);
    wait();

    all = node_plan.sums();
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
    shape_.copy(whole.value, root.value, own.begin, own.end);
    root.value.marks = whole.value.marks;
    ranks_.heartbeat().set_range(own.begin, own.end);
  }
}

void NodeExchange::share_slices(std::span<float> parameters) {
  const auto blocks = [&](int rank) { return static_cast<int>(slices_.of_rank(rank).size() / kSliceBlock); };
  const auto from = [&](int rank) { return parameters.data() + slices_.of_rank(rank).begin; };
  const MPI_Comm comm = ranks_.state_->handle;
  for (const int owner : handled_) {
    MPI_Irecv(from(owner), blocks(owner), state_->block, owner, 1, comm, &state_->requests.emplace_back());
  }
  for (int node = 0; node < nodes_.count(); ++node) {
    if (node == nodes_.own()) continue;
    MPI_Isend(from(ranks_.rank()), blocks(ranks_.rank()), state_->block, handler(node, ranks_.rank()), 1, comm,
              &state_->requests.emplace_back());
  }
  wait();
}

}  // namespace lockstep

#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "framework/parallel/communicator.h"

namespace lockstep {

/// Which ranks share memory: a node is a group of ranks of one host.
class Nodes {
 public:
  /// Nodes of at most `most_ranks` ranks of a host; 0: of all. 1 is for hosts without room for shared memory.
  /// Collective.
  Nodes(const Communicator& ranks, int most_ranks);
  ~Nodes();
  Nodes(const Nodes&) = delete;
  Nodes& operator=(const Nodes&) = delete;

  [[nodiscard]] int count() const { return static_cast<int>(ranks_of_.size()); }
  [[nodiscard]] int of_rank(int rank) const { return node_of_[static_cast<std::size_t>(rank)]; }
  /// Ranks of a node, ascending.
  [[nodiscard]] const std::vector<int>& ranks_of(int node) const { return ranks_of_[static_cast<std::size_t>(node)]; }
  /// This rank's node and its place in it.
  [[nodiscard]] int own() const { return own_; }
  [[nodiscard]] int place() const { return place_; }
  [[nodiscard]] int size() const { return static_cast<int>(ranks_of(own_).size()); }

  /// All ranks of the node have come here, and see what the others have written. Collective on the node.
  void barrier() const;

 private:
  friend class NodeMemory;
  friend class NodeExchange;
  struct State;
  std::unique_ptr<State> state_;
  std::vector<int> node_of_;
  std::vector<std::vector<int>> ranks_of_;
  int own_ = 0;
  int place_ = 0;
};

/// Memory that all ranks of a node see, a part from each, of zeros at first. Alone on a node it is plain memory.
class NodeMemory {
 public:
  /// Collective on the node; `bytes` is what this rank brings. Throws RunError where the host has no room for it.
  NodeMemory(const Nodes& nodes, std::size_t bytes);
  ~NodeMemory();
  NodeMemory(const NodeMemory&) = delete;
  NodeMemory& operator=(const NodeMemory&) = delete;

  /// The part of the rank at `place` of the node, on a page boundary.
  [[nodiscard]] std::byte* part(int place) const { return parts_[static_cast<std::size_t>(place)]; }

 private:
  struct State;
  std::unique_ptr<State> state_;
  std::vector<std::byte*> parts_;
};

/// Bytes that the host's shared memory has left, as far as can be told.
[[nodiscard]] std::size_t free_shared_memory();

}  // namespace lockstep

#pragma once

#define OMPI_SKIP_MPICXX 1
#include <mpi.h>

#include <algorithm>
#include <climits>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "framework/parallel/communicator.h"
#include "framework/parallel/nodes.h"

namespace lockstep {

/// What a Communicator hides from the rest of the framework.
struct Communicator::State {
  MPI_Comm handle = MPI_COMM_NULL;
  int rank = 0;
  int size = 1;
  std::string host;
  std::shared_ptr<Heartbeat> heartbeat = std::make_shared<Heartbeat>();  ///< outlives the communicator
  std::shared_ptr<void> companion;                                       ///< of keep_to_the_end()

  /// Elements that one call may count, MPI's own limit if no test has set a lower one.
  std::size_t most_elements = INT_MAX;
  /// Elements that each rank brings, by rank; the memory of all three is kept from one call to the next.
  std::vector<std::uint64_t> sizes;
  /// The same for MPI, and where each rank's begin when all stand one after the other: where one call can count them.
  std::vector<int> counts;
  std::vector<int> begins;

  /// Learns what each rank brings; `own` is what this rank does. Returns the size of all together. Collective.
  std::size_t exchange_sizes(std::size_t own);
  /// Whether one call can count what exchange_sizes() has learnt: then counts and begins are filled.
  bool count_together();
  /// Gathers the elements of all ranks into `all`, in order of rank; sizes are those of exchange_sizes(). Collective.
  template <typename Value>
  void allgather(const Value* own, Value* all, MPI_Datatype type);
  /// `count` values of rank `root` on all ranks of `comm`, in pieces. Collective.
  template <typename Value>
  void broadcast(Value* values, std::size_t count, MPI_Datatype type, int root, MPI_Comm comm) const;
  /// A text of rank `root` on all ranks. Collective.
  void broadcast(std::string& text, int root) const;

  /// Elements that a piece may have, of what goes out in several.
  [[nodiscard]] std::size_t piece() const { return std::min<std::size_t>(most_elements, 1U << 24); }
};

template <typename Value>
void Communicator::State::broadcast(Value* values, std::size_t count, MPI_Datatype type, int root,
                                    MPI_Comm comm) const {
  for (std::size_t begin = 0; begin < count; begin += piece()) {
    MPI_Bcast(values + begin, static_cast<int>(std::min(piece(), count - begin)), type, root, comm);
  }
}

struct Nodes::State {
  MPI_Comm handle = MPI_COMM_NULL;  ///< the ranks of the node
  std::shared_ptr<Heartbeat> heartbeat;
};

}  // namespace lockstep

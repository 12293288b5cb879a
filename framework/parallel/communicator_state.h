#pragma once

#define OMPI_SKIP_MPICXX 1
#include <mpi.h>

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

  /// Sizes of what each rank brings, and where it begins when all stand one after the other; their memory is kept from
  /// one call to the next.
  std::vector<int> counts;
  std::vector<int> begins;
  /// Fills both; `own` is what this rank brings. Returns the size of all together. Collective.
  std::size_t exchange_counts(std::size_t own);
};

struct Nodes::State {
  MPI_Comm handle = MPI_COMM_NULL;  ///< the ranks of the node
  std::shared_ptr<Heartbeat> heartbeat;
};

}  // namespace lockstep

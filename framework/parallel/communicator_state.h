#pragma once

#define OMPI_SKIP_MPICXX 1
#include <mpi.h>

#include <string>

#include "framework/parallel/communicator.h"
#include "framework/parallel/nodes.h"

namespace lockstep {

/// What a Communicator hides from the rest of the framework.
struct Communicator::State {
  MPI_Comm handle = MPI_COMM_NULL;
  int rank = 0;
  int size = 1;
  std::string host;
};

struct Nodes::State {
  MPI_Comm handle = MPI_COMM_NULL;  ///< the ranks of the node
};

}  // namespace lockstep

#pragma once

#include <string>
#include <vector>

#include "framework/parallel/communicator.h"

namespace lockstep {

/// Where a rank runs, and with how many threads.
struct Placement {
  std::string host;
  std::vector<int> processors;  ///< hardware threads that it may run on, ascending
  std::vector<int> cores;       ///< the cores that these belong to, each by its lowest hardware thread, ascending
  int cores_of_host = 1;
  int threads = 1;  ///< that compute a matrix product
};

/// Of the process that calls it, by its affinity mask.
[[nodiscard]] Placement own_placement(const std::string& host, int threads);

/// What slows ranks down because of where they run: a host with more ranks than processors, ranks that have to share a
/// core while others are free, products with more threads than a rank's share of the host. One line of each kind that
/// says on which host and what to do; nothing where all is well.
[[nodiscard]] std::vector<std::string> placement_warnings(const std::vector<Placement>& ranks);

/// The placements of all ranks, by rank. Collective.
[[nodiscard]] std::vector<Placement> gather_placements(const Communicator& ranks, const Placement& own);

}  // namespace lockstep

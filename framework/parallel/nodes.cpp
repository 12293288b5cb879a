#include "framework/parallel/nodes.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <exception>
#include <limits>

#include "framework/parallel/communicator_state.h"

namespace lockstep {
namespace {

/// Where Open MPI lays shared windows on Linux.
constexpr const char* kSharedMemoryFolder = "/dev/shm";

constexpr const char* kFreeing = "the release of shared memory";

std::byte* map_private(std::size_t bytes) {
  void* const memory =
      ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) throw RunError(fmt::format("there is no memory for {} bytes of gradients", bytes));
  ::madvise(memory, bytes, MADV_HUGEPAGE);
  return static_cast<std::byte*>(memory);
}

}  // namespace

Nodes::Nodes(const Communicator& ranks, int most_ranks) : state_(std::make_unique<State>()) {
  state_->heartbeat = ranks.state_->heartbeat;
  const Heartbeat::Wait wait(*state_->heartbeat, "grouping of ranks by host");
  const MPI_Comm all = ranks.state_->handle;
  MPI_Comm host = MPI_COMM_NULL;
  MPI_Comm_split_type(all, MPI_COMM_TYPE_SHARED, ranks.rank(), MPI_INFO_NULL, &host);
  int place_on_host = 0;
  MPI_Comm_rank(host, &place_on_host);
  MPI_Comm_split(host, most_ranks > 0 ? place_on_host / most_ranks : 0, place_on_host, &state_->handle);
  MPI_Comm_free(&host);
  MPI_Comm_rank(state_->handle, &place_);

  // A node goes by its lowest rank.
  int lowest = ranks.rank();
  MPI_Bcast(&lowest, 1, MPI_INT, 0, state_->handle);
  std::vector<int> lowest_of(static_cast<std::size_t>(ranks.size()));
  MPI_Allgather(&lowest, 1, MPI_INT, lowest_of.data(), 1, MPI_INT, all);
  std::vector<int> names = lowest_of;
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  ranks_of_.resize(names.size());
  for (int rank = 0; rank < ranks.size(); ++rank) {
    const auto name = std::lower_bound(names.begin(), names.end(), lowest_of[static_cast<std::size_t>(rank)]);
    node_of_.push_back(static_cast<int>(name - names.begin()));
    ranks_of_[static_cast<std::size_t>(node_of_.back())].push_back(rank);
  }
  own_ = of_rank(ranks.rank());
}

// Freeing waits for all ranks, which an exception on one of them must not: the abort that follows frees all.

Nodes::~Nodes() {
  if (std::uncaught_exceptions() != 0) return;
  const Heartbeat::Wait wait(*state_->heartbeat, kFreeing);
  MPI_Comm_free(&state_->handle);
}

void Nodes::barrier() const {
  if (size() == 1) return;
  const Heartbeat::Wait wait(*state_->heartbeat, "barrier of a host");
  MPI_Barrier(state_->handle);
}

struct NodeMemory::State {
  MPI_Win window = MPI_WIN_NULL;
  std::byte* alone = nullptr;
  std::shared_ptr<Heartbeat> heartbeat;
  std::size_t bytes = 0;
};

NodeMemory::NodeMemory(const Nodes& nodes, std::size_t bytes) : state_(std::make_unique<State>()) {
  state_->bytes = std::max<std::size_t>(bytes, 1);
  state_->heartbeat = nodes.state_->heartbeat;
  if (nodes.size() == 1) {
    state_->alone = map_private(state_->bytes);
    parts_.push_back(state_->alone);
    return;
  }
  const Heartbeat::Wait wait(*nodes.state_->heartbeat, "shared memory");
  // Each rank's part on pages of its own, so that it lies in the memory nearest to the rank that fills it.
  MPI_Info info = MPI_INFO_NULL;
  MPI_Info_create(&info);
  MPI_Info_set(info, "alloc_shared_noncontig", "true");
  void* own = nullptr;
  MPI_Comm_set_errhandler(nodes.state_->handle, MPI_ERRORS_RETURN);
  const int result = MPI_Win_allocate_shared(static_cast<MPI_Aint>(state_->bytes), 1, info, nodes.state_->handle, &own,
                                             &state_->window);
  MPI_Comm_set_errhandler(nodes.state_->handle, MPI_ERRORS_ARE_FATAL);
  MPI_Info_free(&info);
  if (result != MPI_SUCCESS) throw RunError(fmt::format("the host shares no {} bytes between its ranks", bytes));
  for (int place = 0; place < nodes.size(); ++place) {
    MPI_Aint size = 0;
    int unit = 0;
    void* part = nullptr;
    MPI_Win_shared_query(state_->window, place, &size, &unit, &part);
    parts_.push_back(static_cast<std::byte*>(part));
  }
}

NodeMemory::~NodeMemory() {
  if (state_->alone != nullptr) ::munmap(state_->alone, state_->bytes);
  if (state_->window == MPI_WIN_NULL || std::uncaught_exceptions() != 0) return;
  const Heartbeat::Wait wait(*state_->heartbeat, kFreeing);
  MPI_Win_free(&state_->window);
}

std::size_t free_shared_memory() {
  struct statvfs folder = {};
  if (::statvfs(kSharedMemoryFolder, &folder) != 0) return std::numeric_limits<std::size_t>::max();
  return static_cast<std::size_t>(folder.f_bavail) * static_cast<std::size_t>(folder.f_frsize);
}

}  // namespace lockstep

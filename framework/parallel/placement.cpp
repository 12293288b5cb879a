#include "framework/parallel/placement.h"

#include <fmt/format.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>

namespace lockstep {
namespace {

/// The lowest hardware thread of the same core; the thread itself where the system doesn't tell.
int core_of(int processor) {
  std::ifstream file(fmt::format("/sys/devices/system/cpu/cpu{}/topology/thread_siblings_list", processor));
  int lowest = processor;
  return file >> lowest ? lowest : processor;
}

void keep_each_once(std::vector<int>& numbers) {
  std::sort(numbers.begin(), numbers.end());
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
}

/// "0-3,8,10-11": short also where a rank may run on all of many processors.
std::string to_ranges(const std::vector<int>& numbers) {
  std::string text;
  for (std::size_t begin = 0, end = 0; begin < numbers.size(); begin = end) {
    end = begin + 1;
    while (end < numbers.size() && numbers[end] == numbers[end - 1] + 1) ++end;
    text += fmt::format("{}{}-{}", text.empty() ? "" : ",", numbers[begin], numbers[end - 1]);
  }
  return text;
}

std::vector<int> from_ranges(const std::string& text) {
  std::vector<int> numbers;
  std::istringstream stream(text);
  int first = 0;
  int last = 0;
  char separator = 0;
  while (stream >> first >> separator >> last) {
    for (int number = first; number <= last; ++number) numbers.push_back(number);
    stream >> separator;
  }
  return numbers;
}

/// How many ranks can have a place of their own at once: a greatest matching of ranks and places.
class OwnPlaces {
 public:
  explicit OwnPlaces(std::vector<std::vector<int>> places_of) : places_of_(std::move(places_of)) {}

  std::size_t count() {
    std::size_t found = 0;
    for (std::size_t rank = 0; rank < places_of_.size(); ++rank) {
      tried_.clear();
      if (seat(rank)) ++found;
    }
    return found;
  }

 private:
  /// Finds a place for the rank, for which others may have to move.
  bool seat(std::size_t rank) {
    for (const int place : places_of_[rank]) {
      if (!rank_at_.contains(place)) {
        rank_at_[place] = rank;
        return true;
      }
    }
    for (const int place : places_of_[rank]) {
      if (std::find(tried_.begin(), tried_.end(), place) != tried_.end()) continue;
      tried_.push_back(place);
      if (seat(rank_at_[place])) {
        rank_at_[place] = rank;
        return true;
      }
    }
    return false;
  }

  std::vector<std::vector<int>> places_of_;
  std::map<int, std::size_t> rank_at_;
  std::vector<int> tried_;
};

struct Host {
  std::string name;
  std::vector<const Placement*> ranks;
  std::vector<int> processors;  ///< of all ranks together

  [[nodiscard]] std::size_t own(std::vector<int> Placement::*places) const {
    std::vector<std::vector<int>> places_of;
    for (const Placement* const rank : ranks) places_of.push_back(rank->*places);
    return OwnPlaces(std::move(places_of)).count();
  }
  [[nodiscard]] int cores() const { return ranks.front()->cores_of_host; }
  /// Hardware threads for each rank, at least one.
  [[nodiscard]] int share() const { return std::max(1, static_cast<int>(processors.size() / ranks.size())); }
  [[nodiscard]] int threads() const {
    int most = 0;
    for (const Placement* const rank : ranks) most = std::max(most, rank->threads);
    return most;
  }
};

std::vector<Host> by_host(const std::vector<Placement>& ranks) {
  std::map<std::string, Host> hosts;
  for (const Placement& rank : ranks) {
    Host& host = hosts[rank.host];
    host.name = rank.host;
    host.ranks.push_back(&rank);
    host.processors.insert(host.processors.end(), rank.processors.begin(), rank.processors.end());
  }
  std::vector<Host> result;
  for (auto& [name, host] : hosts) {
    keep_each_once(host.processors);
    result.push_back(std::move(host));
  }
  return result;
}

/// "node1" or "node1 and 3 other hosts".
std::string named(const std::vector<const Host*>& hosts) {
  const std::size_t others = hosts.size() - 1;
  return hosts.front()->name + (others == 0 ? "" : fmt::format(" and {} other host{}", others, others == 1 ? "" : "s"));
}

}  // namespace

Placement own_placement(const std::string& host, int threads) {
  Placement placement{host, {}, {}, 1, threads};
  const int processors = static_cast<int>(sysconf(_SC_NPROCESSORS_CONF));
  std::vector<int> all;
  const std::unique_ptr<cpu_set_t, void (*)(cpu_set_t*)> mask(CPU_ALLOC(static_cast<std::size_t>(processors)),
                                                              [](cpu_set_t* set) { CPU_FREE(set); });
  const std::size_t bytes = CPU_ALLOC_SIZE(static_cast<std::size_t>(processors));
  const bool known = sched_getaffinity(0, bytes, mask.get()) == 0;
  for (int processor = 0; processor < processors; ++processor) {
    all.push_back(core_of(processor));
    if (known && !CPU_ISSET_S(static_cast<std::size_t>(processor), bytes, mask.get())) continue;
    placement.processors.push_back(processor);
    placement.cores.push_back(all.back());
  }
  keep_each_once(all);
  keep_each_once(placement.cores);
  placement.cores_of_host = static_cast<int>(all.size());
  return placement;
}

std::vector<std::string> placement_warnings(const std::vector<Placement>& ranks) {
  const std::vector<Host> hosts = by_host(ranks);
  std::vector<const Host*> crowded;
  std::vector<const Host*> badly_bound;
  std::vector<const Host*> many_threads;
  for (const Host& host : hosts) {
    const std::size_t n = host.ranks.size();
    if (host.cores() >= static_cast<int>(n)) {
      if (host.own(&Placement::cores) < n) badly_bound.push_back(&host);
    } else if (host.own(&Placement::processors) < n) {
      crowded.push_back(&host);
    }
    if (host.threads() > host.share()) many_threads.push_back(&host);
  }
  std::vector<std::string> lines;
  if (!crowded.empty()) {
    const Host& host = *crowded.front();
    lines.push_back(
        fmt::format("{} ranks share {} core{} on {}, and each waits for the others; start at most one a core, as by "
                    "slots={} in the host file",
                    host.ranks.size(), host.cores(), host.cores() == 1 ? "" : "s", named(crowded), host.cores()));
  }
  if (!badly_bound.empty()) {
    const Host& host = *badly_bound.front();
    const std::size_t own = host.own(&Placement::cores);
    lines.push_back(fmt::format(
        "{} ranks are bound to {} core{} on {}, which has {}, and each waits for the others; give every rank its own: "
        "mpirun --map-by core --bind-to core, or srun --cpus-per-task=1 --cpu-bind=cores",
        host.ranks.size(), own, own == 1 ? "" : "s", named(badly_bound), host.cores()));
  }
  if (!many_threads.empty()) {
    const Host& host = *many_threads.front();
    lines.push_back(
        fmt::format("matrix products have {} threads a rank on {}, where a rank's share is {}; set OMP_NUM_THREADS={} "
                    "and OPENBLAS_NUM_THREADS={} (mpirun -x OMP_NUM_THREADS={})",
                    host.threads(), named(many_threads), host.share(), host.share(), host.share(), host.share()));
  }
  return lines;
}

std::vector<Placement> gather_placements(const Communicator& ranks, const Placement& own) {
  const std::string text = fmt::format("{} {} {} {} {}", to_ranges(own.processors), to_ranges(own.cores),
                                       own.cores_of_host, own.threads, own.host);
  std::vector<Placement> all;
  for (const std::string& line : ranks.allgather(text)) {
    Placement placement;
    std::string processors;
    std::string cores;
    std::istringstream stream(line);
    stream >> processors >> cores >> placement.cores_of_host >> placement.threads >> placement.host;
    placement.processors = from_ranges(processors);
    placement.cores = from_ranges(cores);
    all.push_back(std::move(placement));
  }
  return all;
}

}  // namespace lockstep

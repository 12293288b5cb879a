#include "framework/parallel/communicator.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <numeric>
#include <thread>

#include "framework/parallel/communicator_state.h"

namespace lockstep {
namespace {

/// That MPI_Abort gets before the process ends by itself.
constexpr std::chrono::seconds kAbortTime(2);

/// Beside those of NodeExchange.
constexpr int kGatherTag = 2;

/// The first line in which two texts differ, of each.
std::pair<std::string, std::string> first_difference(std::string_view left, std::string_view right) {
  while (true) {
    const std::string_view left_line = left.substr(0, left.find('\n'));
    const std::string_view right_line = right.substr(0, right.find('\n'));
    if (left_line != right_line || (left_line.size() == left.size() && right_line.size() == right.size())) {
      return {std::string(left_line), std::string(right_line)};
    }
    left.remove_prefix(std::min(left.size(), left_line.size() + 1));
    right.remove_prefix(std::min(right.size(), right_line.size() + 1));
  }
}

}  // namespace

std::size_t Communicator::State::exchange_sizes(std::size_t own) {
  const std::uint64_t size_of_own = own;
  sizes.resize(static_cast<std::size_t>(size));
  MPI_Allgather(&size_of_own, 1, MPI_UINT64_T, sizes.data(), 1, MPI_UINT64_T, handle);
  return std::accumulate(sizes.begin(), sizes.end(), std::size_t{0});
}

bool Communicator::State::count_together() {
  if (std::accumulate(sizes.begin(), sizes.end(), std::size_t{0}) > most_elements) return false;
  counts.assign(sizes.begin(), sizes.end());
  begins.resize(counts.size());
  std::exclusive_scan(counts.begin(), counts.end(), begins.begin(), 0);
  return true;
}

template <typename Value>
void Communicator::State::allgather(const Value* own, Value* all, MPI_Datatype type) {
  const auto own_size = sizes[static_cast<std::size_t>(rank)];
  if (count_together()) {
    MPI_Allgatherv(own, static_cast<int>(own_size), type, all, counts.data(), begins.data(), type, handle);
    return;
  }
  for (int from = 0; from < size; ++from) {
    if (from == rank) std::copy_n(own, own_size, all);
    broadcast(all, sizes[static_cast<std::size_t>(from)], type, from, handle);
    all += sizes[static_cast<std::size_t>(from)];
  }
}

void Communicator::State::broadcast(std::string& text, int root) const {
  std::uint64_t length = text.size();
  MPI_Bcast(&length, 1, MPI_UINT64_T, root, handle);
  text.resize(length);
  broadcast(text.data(), length, MPI_CHAR, root, handle);
}

Communicator::Communicator() : state_(std::make_unique<State>()) {
  MPI_Comm_dup(MPI_COMM_WORLD, &state_->handle);
  MPI_Comm_rank(state_->handle, &state_->rank);
  MPI_Comm_size(state_->handle, &state_->size);
  std::array<char, MPI_MAX_PROCESSOR_NAME + 1> name{};
  int length = 0;
  MPI_Get_processor_name(name.data(), &length);
  state_->host.assign(name.data(), static_cast<std::size_t>(length));
}

Communicator::~Communicator() {
  MPI_Comm_free(&state_->handle);
}

int Communicator::rank() const {
  return state_->rank;
}
int Communicator::size() const {
  return state_->size;
}
const std::string& Communicator::host() const {
  return state_->host;
}
Heartbeat& Communicator::heartbeat() const {
  return *state_->heartbeat;
}

void Communicator::keep_to_the_end(std::shared_ptr<void> companion) const {
  state_->companion = std::move(companion);
}

void Communicator::set_most_elements(std::size_t most) const {
  state_->most_elements = most;
}

void Communicator::end_all_ranks(ExitCode exit_code) {
  int finalized = 0;
  MPI_Finalized(&finalized);
  // MPI may be what hangs: it gets a while.
  if (finalized == 0) {
    std::thread([exit_code] { MPI_Abort(MPI_COMM_WORLD, static_cast<int>(exit_code)); }).detach();
    std::this_thread::sleep_for(kAbortTime);
  }
  ::_exit(static_cast<int>(exit_code));
}

void Communicator::barrier() const {
  const Heartbeat::Wait wait(*state_->heartbeat, "barrier");
  MPI_Barrier(state_->handle);
}

void Communicator::broadcast(std::span<float> values) const {
  const Heartbeat::Wait wait(*state_->heartbeat, "broadcast");
  state_->broadcast(values.data(), values.size(), MPI_FLOAT, 0, state_->handle);
}

std::string Communicator::broadcast(const std::string& text) const {
  const Heartbeat::Wait wait(*state_->heartbeat, "broadcast of a text");
  std::string result = text;
  state_->broadcast(result, 0);
  return result;
}

std::int64_t Communicator::broadcast(std::int64_t value) const {
  const Heartbeat::Wait wait(*state_->heartbeat, "broadcast of a number");
  MPI_Bcast(&value, 1, MPI_INT64_T, 0, state_->handle);
  return value;
}

std::int64_t Communicator::max(std::int64_t value) const {
  const Heartbeat::Wait wait(*state_->heartbeat, "agreement on a number");
  std::int64_t result = 0;
  MPI_Allreduce(&value, &result, 1, MPI_INT64_T, MPI_MAX, state_->handle);
  return result;
}

std::vector<std::string> Communicator::allgather(const std::string& text) const {
  const Heartbeat::Wait wait(*state_->heartbeat, "exchange of texts");
  std::string all(state_->exchange_sizes(text.size()), '\0');
  state_->allgather(text.data(), all.data(), MPI_CHAR);
  std::vector<std::string> result;
  std::size_t begin = 0;
  for (const std::uint64_t size : state_->sizes) {
    result.push_back(all.substr(begin, size));
    begin += size;
  }
  return result;
}

std::vector<double> Communicator::allgather(std::span<const double> values) const {
  std::vector<double> all;
  allgather(values, all);
  return all;
}

void Communicator::allgather(std::span<const double> values, std::vector<double>& all) const {
  const Heartbeat::Wait wait(*state_->heartbeat, "exchange of numbers");
  all.resize(state_->exchange_sizes(values.size()));
  state_->allgather(values.data(), all.data(), MPI_DOUBLE);
}

void Communicator::gather(std::span<const float> values, std::span<float> all) const {
  const Heartbeat::Wait wait(*state_->heartbeat, "gathering");
  state_->exchange_sizes(values.size());
  if (state_->count_together()) {
    MPI_Gatherv(values.data(), static_cast<int>(values.size()), MPI_FLOAT, all.data(), state_->counts.data(),
                state_->begins.data(), MPI_FLOAT, 0, state_->handle);
    return;
  }
  const auto for_pieces = [&](std::size_t count, const auto& move) {
    for (std::size_t begin = 0; begin < count; begin += state_->piece())
      move(begin, static_cast<int>(std::min(state_->piece(), count - begin)));
  };
  if (state_->rank != 0) {
    for_pieces(values.size(), [&](std::size_t begin, int count) {
      MPI_Send(values.data() + begin, count, MPI_FLOAT, 0, kGatherTag, state_->handle);
    });
    return;
  }
  float* into = std::copy(values.begin(), values.end(), all.data());
  for (int from = 1; from < state_->size; ++from) {
    const std::uint64_t size = state_->sizes[static_cast<std::size_t>(from)];
    for_pieces(size, [&](std::size_t begin, int count) {
      MPI_Recv(into + begin, count, MPI_FLOAT, from, kGatherTag, state_->handle, MPI_STATUS_IGNORE);
    });
    into += size;
  }
}

void Communicator::settle(const std::optional<Failure>& failure) const {
  const Heartbeat::Wait wait(*state_->heartbeat, "agreement on errors");
  const int own = failure ? static_cast<int>(failure->exit_code) : 0;
  std::vector<int> outcomes(static_cast<std::size_t>(state_->size));
  MPI_Allgather(&own, 1, MPI_INT, outcomes.data(), 1, MPI_INT, state_->handle);
  const auto failed = std::find_if(outcomes.begin(), outcomes.end(), [](int outcome) { return outcome != 0; });
  if (failed == outcomes.end()) return;
  const int reporter = static_cast<int>(failed - outcomes.begin());
  const bool all_failed = std::find(outcomes.begin(), outcomes.end(), 0) == outcomes.end();
  std::string message;
  if (state_->rank == reporter) {
    message = failure->message;
    if (!all_failed) message += fmt::format(" (rank {} on host {})", state_->rank, state_->host);
  }
  state_->broadcast(message, reporter);
  throw SharedError(static_cast<ExitCode>(*failed), message, reporter);
}

void require_same(const Communicator& ranks, std::string_view name, const std::string& value) {
  const std::vector<std::string> values = ranks.allgather(value);
  const std::vector<std::string> hosts = ranks.allgather(ranks.host());
  const auto different =
      std::find_if(values.begin(), values.end(), [&](const std::string& other) { return other != values.front(); });
  if (different == values.end()) return;
  const auto [first, second] = first_difference(values.front(), *different);
  const auto rank = static_cast<std::size_t>(different - values.begin());
  throw SharedError(
      ExitCode::kUsage,
      fmt::format("ranks differ in their {}: rank 0 on host {} has \"{}\", rank {} on host {} has \"{}\"; start all "
                  "ranks from the same program and files",
                  name, hosts.front(), first, rank, hosts[rank], second),
      0);
}

}  // namespace lockstep

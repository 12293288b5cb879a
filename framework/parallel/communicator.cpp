#include "framework/parallel/communicator.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <climits>
#include <numeric>
#include <thread>

#include "framework/parallel/communicator_state.h"

namespace lockstep {
namespace {

/// That MPI_Abort gets before the process ends by itself.
constexpr std::chrono::seconds kAbortTime(2);

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

std::size_t Communicator::State::exchange_counts(std::size_t own) {
  if (own > static_cast<std::size_t>(INT_MAX)) throw RunError(fmt::format("a message of {} elements is too long", own));
  const int count = static_cast<int>(own);
  counts.resize(static_cast<std::size_t>(size));
  begins.resize(counts.size());
  MPI_Allgather(&count, 1, MPI_INT, counts.data(), 1, MPI_INT, handle);
  std::exclusive_scan(counts.begin(), counts.end(), begins.begin(), 0);
  return static_cast<std::size_t>(begins.back() + counts.back());
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
  constexpr std::size_t kPiece = 1U << 24;
  for (std::size_t begin = 0; begin < values.size(); begin += kPiece) {
    const std::span<float> piece = values.subspan(begin, std::min(kPiece, values.size() - begin));
    MPI_Bcast(piece.data(), static_cast<int>(piece.size()), MPI_FLOAT, 0, state_->handle);
  }
}

std::string Communicator::broadcast(const std::string& text) const {
  const Heartbeat::Wait wait(*state_->heartbeat, "broadcast of a text");
  std::string result(static_cast<std::size_t>(broadcast(static_cast<std::int64_t>(text.size()))), '\0');
  if (state_->rank == 0) result = text;
  MPI_Bcast(result.data(), static_cast<int>(result.size()), MPI_CHAR, 0, state_->handle);
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
  std::string all(state_->exchange_counts(text.size()), '\0');
  const std::vector<int>& counts = state_->counts;
  const std::vector<int>& begins = state_->begins;
  MPI_Allgatherv(text.data(), static_cast<int>(text.size()), MPI_CHAR, all.data(), counts.data(), begins.data(),
                 MPI_CHAR, state_->handle);
  std::vector<std::string> result;
  for (std::size_t rank = 0; rank < counts.size(); ++rank) {
    result.push_back(all.substr(static_cast<std::size_t>(begins[rank]), static_cast<std::size_t>(counts[rank])));
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
  all.resize(state_->exchange_counts(values.size()));
  MPI_Allgatherv(values.data(), static_cast<int>(values.size()), MPI_DOUBLE, all.data(), state_->counts.data(),
                 state_->begins.data(), MPI_DOUBLE, state_->handle);
}

void Communicator::gather(std::span<const float> values, std::span<float> all) const {
  const Heartbeat::Wait wait(*state_->heartbeat, "gathering");
  state_->exchange_counts(values.size());
  MPI_Gatherv(values.data(), static_cast<int>(values.size()), MPI_FLOAT, all.data(), state_->counts.data(),
              state_->begins.data(), MPI_FLOAT, 0, state_->handle);
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
  int length = static_cast<int>(message.size());
  MPI_Bcast(&length, 1, MPI_INT, reporter, state_->handle);
  message.resize(static_cast<std::size_t>(length));
  MPI_Bcast(message.data(), length, MPI_CHAR, reporter, state_->handle);
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

#pragma once

#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "framework/core/errors.h"
#include "framework/core/heartbeat.h"

namespace lockstep {

/// An error that every rank throws alike, so that the program can end in order; only `reporter` prints it.
class SharedError : public Error {
 public:
  SharedError(ExitCode exit_code, const std::string& message, int reporter)
      : Error(exit_code, message), reporter_(reporter) {}
  [[nodiscard]] int reporter() const { return reporter_; }

 private:
  int reporter_;
};

/// The ranks of a program. Every function is collective, where nothing else is said: all ranks call it, in the same
/// order. Sizes may exceed what one MPI call can count.
class Communicator {
 public:
  ~Communicator();
  Communicator(const Communicator&) = delete;
  Communicator& operator=(const Communicator&) = delete;

  [[nodiscard]] int rank() const;
  [[nodiscard]] int size() const;
  /// The name of the machine this rank runs on.
  [[nodiscard]] const std::string& host() const;
  /// What this rank does; collective functions mark there that they wait. Lives until MPI has ended. Not collective.
  [[nodiscard]] Heartbeat& heartbeat() const;
  /// Keeps something until MPI has ended, which waits for all ranks once more. Not collective; the last one counts.
  void keep_to_the_end(std::shared_ptr<void> companion) const;
  /// Elements that one MPI call may count, alike on all ranks: more travel in pieces. A test sets few, where MPI's own
  /// limit of 2^31 − 1 would take gigabytes to pass. Not collective.
  void set_most_elements(std::size_t most) const;
  /// Ends all ranks at once, whatever they do, with this exit code. From any thread, also after the communicator.
  [[noreturn]] static void end_all_ranks(ExitCode exit_code);

  void barrier() const;
  /// `values` of rank 0 on every rank; all bring the same size.
  void broadcast(std::span<float> values) const;
  [[nodiscard]] std::string broadcast(const std::string& text) const;
  [[nodiscard]] std::int64_t broadcast(std::int64_t value) const;
  /// The greatest value of all ranks.
  [[nodiscard]] std::int64_t max(std::int64_t value) const;
  /// What each rank brings, by rank.
  [[nodiscard]] std::vector<std::string> allgather(const std::string& text) const;
  /// What each rank brings, one after the other by rank; sizes may differ.
  [[nodiscard]] std::vector<double> allgather(std::span<const double> values) const;
  /// The same into `all`, whose memory is used again.
  void allgather(std::span<const double> values, std::vector<double>& all) const;
  /// On rank 0: what each rank brings, one after the other by rank, into `all`, which has exactly that size; other
  /// ranks pass an empty `all`.
  void gather(std::span<const float> values, std::span<float> all) const;

  /// Runs `phase`, which must not communicate, on every rank, and returns its result. If it threw anywhere, all ranks
  /// throw the error of the lowest failing one as SharedError; " (rank r on host h)" is added when only some failed.
  template <typename Phase>
  auto agree(Phase&& phase) const -> std::invoke_result_t<Phase&>;

 private:
  friend class MpiScope;
  friend class Nodes;
  friend class GradientExchange;
  friend class NodeExchange;
  struct State;
  struct Failure {
    ExitCode exit_code;
    std::string message;
  };
  Communicator();
  void settle(const std::optional<Failure>& failure) const;

  std::unique_ptr<State> state_;
};

/// Throws SharedError (a ConfigError's exit code) unless all ranks bring the same value; names the first rank and host
/// that differs from rank 0 and both values, of long texts the first line that differs. `name` tells what is compared.
void require_same(const Communicator& ranks, std::string_view name, const std::string& value);

template <typename Phase>
auto Communicator::agree(Phase&& phase) const -> std::invoke_result_t<Phase&> {
  using Result = std::invoke_result_t<Phase&>;
  std::optional<Failure> failure;
  std::conditional_t<std::is_void_v<Result>, std::optional<bool>, std::optional<Result>> result;
  try {
    if constexpr (std::is_void_v<Result>) {
      phase();
    } else {
      result.emplace(phase());
    }
  } catch (const Error& error) {
    failure = Failure{error.exit_code(), error.what()};
  } catch (const std::exception& error) {
    failure = Failure{ExitCode::kRun, error.what()};
  }
  settle(failure);
  if constexpr (!std::is_void_v<Result>) return std::move(*result);
}

}  // namespace lockstep

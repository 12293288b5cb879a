#include "framework/parallel/mpi_scope.h"

#include <fmt/format.h>

#include <memory>
#include <optional>

#include "framework/parallel/communicator_state.h"

namespace lockstep {
namespace {

/// Ends all ranks. Alone, there is nobody who could wait: the error is as good as shared.
ExitCode end_all(const Communicator& ranks, ExitCode exit_code, const std::string& message, const ErrorPrinter& print) {
  if (ranks.size() == 1) {
    print(message);
    return exit_code;
  }
  print(fmt::format("{} (rank {} on host {})", message, ranks.rank(), ranks.host()));
  MPI_Abort(MPI_COMM_WORLD, static_cast<int>(exit_code));
  return exit_code;
}

ExitCode run_body(const std::function<ExitCode(const Communicator&)>& body, const Communicator& ranks,
                  const ErrorPrinter& print) {
  try {
    return body(ranks);
  } catch (const SharedError& error) {
    if (ranks.rank() == error.reporter()) print(error.what());
    // mpirun kills the others as soon as one ends with an error: the line has to be out by then.
    ranks.barrier();
    return error.exit_code();
  } catch (const Error& error) {
    return end_all(ranks, error.exit_code(), error.what(), print);
  } catch (const std::exception& error) {
    return end_all(ranks, ExitCode::kRun, error.what(), print);
  }
}

}  // namespace

ExitCode MpiScope::run(const std::function<ExitCode(const Communicator&)>& body, const ErrorPrinter& print) {
  // GradientExchange has a thread that sends while the main thread computes; it looks at what MPI grants.
  int provided = MPI_THREAD_SINGLE;
  MPI_Init_thread(nullptr, nullptr, MPI_THREAD_SERIALIZED, &provided);
  ExitCode exit_code = ExitCode::kDone;
  std::shared_ptr<Heartbeat> heartbeat;
  std::shared_ptr<void> companion;
  std::optional<Heartbeat::Wait> wait;
  {
    const Communicator ranks;
    exit_code = run_body(body, ranks, print);
    heartbeat = ranks.state_->heartbeat;
    companion = ranks.state_->companion;
    wait.emplace(*heartbeat, Heartbeat::kEnd);
  }
  MPI_Finalize();
  return exit_code;
}

}  // namespace lockstep

#pragma once

#include <functional>

#include "framework/core/errors.h"
#include "framework/parallel/communicator.h"

namespace lockstep {

/// Prints one error line where users look for it.
using ErrorPrinter = std::function<void(const std::string& message)>;

/// MPI for as long as one function runs. Errors end there, before any destructor could wait for ranks that never come:
/// a SharedError is printed once and MPI ends in order; any other exception is printed with rank and host, and ends all
/// ranks by MPI_Abort.
class MpiScope {
 public:
  /// Initialises MPI, runs `body` and finalises MPI. Returns what `body` returns, or the exit code of its error, which
  /// `print` has then shown. Once a process; works without mpirun as one rank.
  static ExitCode run(const std::function<ExitCode(const Communicator&)>& body, const ErrorPrinter& print);
};

}  // namespace lockstep

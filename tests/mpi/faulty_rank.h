#pragma once

#include "framework/parallel/communicator.h"

namespace lockstep {

/// What a rank does wrong, or so slowly that it might seem so.
enum class Fault {
  kThrows,              ///< while the others wait for it in a collective
  kThrowsAmidMessages,  ///< when a part of its gradient has left already, and the rest never will
  kHangs,               ///< in its own work
  kExits,               ///< with code 0, as if all were done
  kLeaves,              ///< returns, and waits for the others at the end of MPI
  kSlowValidation,      ///< all ranks are slow, longer than the watchdog's seconds in all, but get on
};

/// A training under a watchdog of two seconds in which the last rank has the fault at update 3.
ExitCode train_with(Fault fault, const Communicator& ranks);

}  // namespace lockstep

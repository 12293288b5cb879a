#pragma once

#include "framework/parallel/communicator.h"

namespace lockstep {

/// A training in which the last rank throws at update 3 while the others wait for it in a collective; `amid_messages`:
/// when a part of its gradient has left already, and the rest never will.
ExitCode train_with_faulty_rank(const Communicator& ranks, bool amid_messages);

}  // namespace lockstep

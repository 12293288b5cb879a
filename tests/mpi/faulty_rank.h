#pragma once

#include "framework/parallel/communicator.h"

namespace lockstep {

/// A training in which the last rank throws at update 3 while the others wait for it in a collective.
ExitCode train_with_faulty_rank(const Communicator& ranks);

}  // namespace lockstep

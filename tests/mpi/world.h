#pragma once

#include "framework/parallel/communicator.h"

namespace lockstep {

/// All ranks of the test program.
const Communicator& world();

}  // namespace lockstep

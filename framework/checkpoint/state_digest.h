#pragma once

#include <string>

#include "framework/checkpoint/checkpoint_reader.h"

namespace lockstep {

/// One hash (XXH3, 128 bits, 32 hexadecimal digits) of all parameters, optimizer state and progress: equal for two
/// checkpoints if and only if the runs they hold are in the same state. Time, ranks and files don't enter.
[[nodiscard]] std::string state_digest(const CheckpointReader& checkpoint);

}  // namespace lockstep

#pragma once

#include <hwy/targets.h>

#include "tests/support/catch.h"

namespace lockstep::testing {

/// Runs `body` with the kernels of each instruction set that this processor has, and chooses the best one again.
template <class Body>
void on_every_instruction_set(const Body& body) {
  for (const auto target : hwy::SupportedAndGeneratedTargets()) {
    INFO(hwy::TargetName(target));
    hwy::GetChosenTarget().Update(target);
    body();
  }
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
}

}  // namespace lockstep::testing

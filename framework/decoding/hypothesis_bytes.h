#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "framework/decoding/beam_search.h"

namespace lockstep {

/// Appends a sentence's hypotheses to `bytes`, for another rank of the same program.
void append_hypotheses(const std::vector<Hypothesis>& hypotheses, std::string& bytes);

/// Takes what append_hypotheses() wrote from the front of `bytes`.
[[nodiscard]] std::vector<Hypothesis> take_hypotheses(std::string_view& bytes);

}  // namespace lockstep

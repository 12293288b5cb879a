#pragma once

#include <vector>

#include "framework/corpus/dataset.h"
#include "framework/decoding/beam_search.h"
#include "framework/model.h"

namespace lockstep {

/// Makes the decoder write the given targets, all pairs of a batch at once. In the order of `pairs`; each score is the
/// mean of log p over the target's tokens, end-of-sentence among them.
[[nodiscard]] std::vector<Hypothesis> force(Model<float>& model, const SentencePairs& pairs);

}  // namespace lockstep

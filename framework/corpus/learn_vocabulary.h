#pragma once

#include <cstdint>
#include <functional>

#include "framework/core/configuration.h"
#include "framework/corpus/vocabulary.h"

namespace lockstep {

/// Learns the vocabularies from a text of `pairs` pairs. `progress` is told how many pairs were read of how many.
[[nodiscard]] Vocabularies learn_vocabularies(const VocabularyConfiguration& settings, const ParallelFiles& text,
                                              std::uint64_t pairs,
                                              const std::function<void(std::uint64_t, std::uint64_t)>& progress);

}  // namespace lockstep

#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

#include "framework/core/configuration.h"
#include "framework/corpus/vocabulary.h"

namespace lockstep {

/// How long a text is.
struct TextSize {
  std::uint64_t pairs = 0;
  std::uint64_t source_bytes = 0;  ///< without the ends of lines
  std::uint64_t target_bytes = 0;
};

/// Learns the vocabularies from a text of this size: a function of text and settings, for any number of threads (which
/// count words; sentencepiece has its own). Memory: for words, that of all different ones; for sentencepiece, that of a
/// sample at even distances, of 200,000 sentences and 32 MiB at most. `progress` is told how many pairs were read of
/// how many.
[[nodiscard]] Vocabularies learn_vocabularies(const VocabularyConfiguration& settings, const ParallelFiles& text,
                                              const TextSize& size, std::size_t threads,
                                              const std::function<void(std::uint64_t, std::uint64_t)>& progress);

}  // namespace lockstep

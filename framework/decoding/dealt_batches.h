#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "framework/decoding/beam_search.h"
#include "framework/parallel/communicator.h"

namespace lockstep {

/// Sentences by number, those of a batch decoded at once.
using Batches = std::vector<std::vector<std::size_t>>;

/// What a sentence asks of a batch.
struct BatchShare {
  std::size_t length = 0;         ///< sentences of like length stand together; 0: nothing to decode, in no batch
  std::size_t source_tokens = 0;  ///< whose annotations and products are kept
  std::size_t weights = 0;        ///< α that are kept of it
};

/// Cuts sentences into batches, the longest first, of `sentences` at most and of a bounded number of source tokens and
/// weights, so that long sentences make smaller batches. Depends on the sentences alone, not on ranks.
[[nodiscard]] Batches cut_batches(std::span<const BatchShare> shares, std::size_t sentences);

/// The hypotheses of each sentence of one batch, in its order.
using DecodeBatch = std::function<std::vector<std::vector<Hypothesis>>(std::span<const std::size_t> batch)>;

/// Deals the batches to the ranks, decodes each rank's own and gathers the hypotheses of all `sentences`, by sentence,
/// on every rank. Collective; throws SharedError.
[[nodiscard]] std::vector<std::vector<Hypothesis>> decode_batches(const Communicator& ranks, const Batches& batches,
                                                                  std::size_t sentences, const DecodeBatch& decode);

}  // namespace lockstep

#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "framework/core/alignment.h"
#include "framework/core/heartbeat.h"
#include "framework/corpus/dataset.h"
#include "framework/model.h"

namespace lockstep {

struct BeamSettings {
  std::size_t beam = 5;          ///< hypotheses kept for a sentence; 1 is greedy search
  double normalization = 1;      ///< a finished hypothesis is ranked by log p / length^normalization
  double max_length_factor = 3;  ///< tokens of a translation at most, for each token of its source; one at least
  std::size_t n_best = 1;        ///< hypotheses returned for a sentence, up to `beam`
  bool forbid_unknown = false;   ///< never write the unknown token
  bool alignments = true;        ///< keep α; without it memory doesn't grow with the product of both lengths
};

/// A translation by token.
struct Hypothesis {
  std::vector<Token> tokens;   ///< end-of-sentence last
  double log_probability = 0;  ///< log p(y | x), in nats
  double score = 0;            ///< what hypotheses are ranked by
  Alignment alignment;         ///< [tokens][source tokens]; no columns without attention or where not asked for
};

/// The best hypotheses of each source sentence (with end-of-sentence), best first. All sentences are searched at once:
/// every product is over all live hypotheses. A sentence's beam has as many places as it has unfinished hypotheses left
/// to find; at the greatest length every hypothesis ends. Of several models, which share their vocabularies, the log
/// probabilities are averaged, and α over those that have it. `heartbeat`, if any, is told of every step. Throws
/// DataError where a model gives no numbers (NaN).
[[nodiscard]] std::vector<std::vector<Hypothesis>> beam_search(std::span<Model<float>* const> models,
                                                               std::span<const std::span<const Token>> sources,
                                                               const BeamSettings& settings,
                                                               Heartbeat* heartbeat = nullptr);

}  // namespace lockstep

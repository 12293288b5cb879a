#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "framework/corpus/vocabulary.h"
#include "framework/decoding/forced_decoding.h"
#include "framework/decoding/word_alignment.h"
#include "framework/parallel/communicator.h"

namespace lockstep {

struct AlignerSettings {
  std::size_t batch_pairs = 64;   ///< decoded at once
  std::size_t max_tokens = 1000;  ///< of a side; longer lines are cut
};

/// One side of a pair of lines.
struct AlignedSide {
  std::vector<std::string> tokens;  ///< the text behind each, end-of-sentence left out
  LineWords words;
  std::size_t tokens_cut = 0;  ///< by max_tokens
};

/// A pair of lines with what its model makes of it.
struct AlignedPair {
  AlignedSide source;
  AlignedSide target;
  Hypothesis forced;  ///< its alignment is [target tokens + 1][source tokens + 1]
};

/// Aligns given pairs of lines by forced decoding on all ranks. Pairs are decoded in batches of neighbours in length,
/// which are cut from the lines alone and dealt to the ranks: the result is the same on any number of them.
class Aligner {
 public:
  /// `ranks`, `model` and `vocabularies` must outlive it.
  Aligner(const Communicator& ranks, Model<float>& model, const Vocabularies& vocabularies,
          const AlignerSettings& settings);

  /// Collective: all ranks bring the same lines, as many of each side, and each gets all pairs, in their order. Throws
  /// SharedError.
  [[nodiscard]] std::vector<AlignedPair> align(std::span<const std::string> source,
                                               std::span<const std::string> target) const;

 private:
  /// Puts the tokens of `line`, end-of-sentence last, into `tokens`.
  [[nodiscard]] AlignedSide encode(const Vocabulary& vocabulary, const std::string& line,
                                   std::vector<Token>& tokens) const;

  const Communicator& ranks_;
  Model<float>& model_;
  const Vocabularies& vocabularies_;
  AlignerSettings settings_;
};

}  // namespace lockstep

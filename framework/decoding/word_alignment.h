#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "framework/core/alignment.h"
#include "framework/corpus/vocabulary.h"
#include "framework/evaluation/links.h"

namespace lockstep {

/// The words of a line, which stand between blanks, and the tokens that each is made of.
struct LineWords {
  std::vector<std::string> words;
  /// [words + 1]: word k is tokens begin[k] to begin[k + 1]. A word that normalisation leaves nothing of has none.
  std::vector<std::size_t> begin;

  /// What becomes of them when only the first `tokens` tokens are kept: words that begin later go.
  void keep_tokens(std::size_t tokens);
};

/// Finds the words that `surfaces`, those of vocabulary.encode(line), make. A word vocabulary's tokens are the words.
/// Pieces begin a word where they begin with ▁ (U+2581). Since normalisation may split or swallow words, each is asked
/// how many such beginnings it makes by itself; where that doesn't add up to the line's, each word takes one, and where
/// there are more or fewer than words, they are spread over the words evenly.
[[nodiscard]] LineWords words_of(const Vocabulary& vocabulary, std::string_view line,
                                 std::span<const std::string> surfaces);

/// Reads a row one step later, when y_i is the decoder's input: row i becomes α_{i+1}. The last row, of the end of the
/// sentence, has no later one and stays. (Chen et al. 2020, "Accurate word alignment induction from neural machine
/// translation", found links read there to be better.)
[[nodiscard]] Alignment one_step_later(const Alignment& alignment);

/// From tokens to words: a source word's weight is the sum over its tokens, a target word's row the mean over its
/// tokens' rows, so that rows still sum to 1 (but for a target word without tokens: zeros). The ends of both sentences
/// stay a row and a column of their own, last.
[[nodiscard]] Alignment merge_words(const Alignment& tokens, const LineWords& source, const LineWords& target);

/// What stands against a word whose greatest weight is on the end of the source sentence, when links go by arg max.
enum class EndOfSentence {
  kNoLink,   ///< the word is linked to nothing
  kNextBest  ///< it is linked to the best of the words all the same
};

/// Links each target word to the source word of the greatest weight, of equal ones the first. Rows of zeros link
/// nothing; the ends of both sentences never do. `words`: as merge_words leaves them.
[[nodiscard]] SentenceLinks links_by_arg_max(const Alignment& words, EndOfSentence end);

/// Links all words with α_ij ≥ threshold (> 0).
[[nodiscard]] SentenceLinks links_by_threshold(const Alignment& words, double threshold);

/// The links that `forward`, source to target, has in common with `reverse`, which the model of the other direction
/// found: its source words are the target words here.
[[nodiscard]] SentenceLinks intersect(const SentenceLinks& forward, const SentenceLinks& reverse);

}  // namespace lockstep

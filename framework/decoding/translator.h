#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "framework/corpus/vocabulary.h"
#include "framework/decoding/beam_search.h"
#include "framework/parallel/communicator.h"

namespace lockstep {

struct TranslatorSettings {
  BeamSettings search;
  std::size_t batch_sentences = 128;        ///< searched at once
  std::size_t max_source_tokens = 1000;     ///< longer lines are cut
  std::function<void()> before_batch = {};  ///< may throw, to leave a translation
  bool replace_unknown = false;  ///< an unknown word becomes the source word with the greatest α (Jean et al. 2015)
};

/// One translation of a line, as text.
struct Translation {
  std::string text;
  std::vector<std::string> tokens;  ///< what each row of the alignment stands for, end-of-sentence among them
  double log_probability = 0;
  double score = 0;
  Alignment alignment;
};

/// What became of a line.
struct TranslatedLine {
  std::vector<Translation> best;           ///< best first; of a line without a word one empty translation
  std::vector<std::string> source_tokens;  ///< what each column of the alignments stands for
  std::size_t tokens_cut = 0;              ///< of the source, by max_source_tokens
};

/// Translates lines of text on all ranks. Sentences are searched in batches of neighbours in length, which are cut from
/// the lines alone and dealt to the ranks: the result is the same on any number of them.
class Translator {
 public:
  /// `ranks`, `models` and `vocabularies` must outlive it. Throws ConfigError for settings that contradict each other
  /// or the vocabularies.
  Translator(const Communicator& ranks, std::vector<Model<float>*> models, const Vocabularies& vocabularies,
             const TranslatorSettings& settings);

  /// Collective: all ranks bring the same lines, and each gets all translations, in their order. Throws SharedError.
  [[nodiscard]] std::vector<TranslatedLine> translate(std::span<const std::string> lines) const;

 private:
  struct Source;
  [[nodiscard]] Source encode(const std::string& line) const;
  [[nodiscard]] Translation to_text(const Hypothesis& hypothesis, const Source& source) const;

  const Communicator& ranks_;
  std::vector<Model<float>*> models_;
  const Vocabularies& vocabularies_;
  TranslatorSettings settings_;
};

}  // namespace lockstep

#include "framework/decoding/translator.h"

#include <algorithm>
#include <utility>

#include "framework/core/errors.h"
#include "framework/decoding/dealt_batches.h"

namespace lockstep {

struct Translator::Source {
  std::vector<Token> tokens;          ///< with end-of-sentence; empty for a line without a word
  std::vector<std::string> surfaces;  ///< of tokens but the last
  std::size_t cut = 0;
};

Translator::Translator(const Communicator& ranks, std::vector<Model<float>*> models, const Vocabularies& vocabularies,
                       const TranslatorSettings& settings)
    : ranks_(ranks), models_(std::move(models)), vocabularies_(vocabularies), settings_(settings) {
  const BeamSettings& search = settings.search;
  if (search.n_best > search.beam)
    throw ConfigError("n-best lists can't be longer than the beam is wide; take a beam of their length");
  if (settings.replace_unknown && vocabularies.target->kind() != VocabularyKind::kWord)
    throw ConfigError("unknown words are replaced with word vocabularies alone; pieces spell nearly all words");
  if (settings.replace_unknown && !search.alignments)
    throw ConfigError("unknown words can't be replaced without alignments");
}

Translator::Source Translator::encode(const std::string& line) const {
  Source source;
  source.tokens = vocabularies_.source->encode(line);
  if (source.tokens.empty()) return source;
  source.surfaces = vocabularies_.source->surfaces(line);
  if (source.tokens.size() > settings_.max_source_tokens) {
    source.cut = source.tokens.size() - settings_.max_source_tokens;
    source.tokens.resize(settings_.max_source_tokens);
    source.surfaces.resize(settings_.max_source_tokens);
  }
  source.tokens.push_back(kEndOfSentence);
  return source;
}

std::vector<TranslatedLine> Translator::translate(std::span<const std::string> lines) const {
  std::vector<Source> sources;
  Batches batches;
  ranks_.agree([&] {
    std::vector<BatchShare> shares;
    for (const std::string& line : lines) {
      sources.push_back(encode(line));
      const std::size_t length = sources.back().tokens.size();
      const double longest = settings_.search.max_length_factor * static_cast<double>(length) + 1;
      shares.push_back({length, length, length * settings_.search.beam * static_cast<std::size_t>(longest)});
    }
    batches = cut_batches(shares, settings_.batch_sentences);
  });
  const auto found = decode_batches(ranks_, batches, lines.size(), [&](std::span<const std::size_t> batch) {
    if (settings_.before_batch) settings_.before_batch();
    std::vector<std::span<const Token>> tokens;
    for (const std::size_t k : batch) tokens.emplace_back(sources[k].tokens);
    return beam_search(models_, tokens, settings_.search, &ranks_.heartbeat());
  });

  std::vector<TranslatedLine> translated(lines.size());
  for (std::size_t k = 0; k < lines.size(); ++k) {
    TranslatedLine& line = translated[k];
    line.tokens_cut = sources[k].cut;
    if (sources[k].tokens.empty()) {
      line.best.emplace_back();
      continue;
    }
    line.source_tokens = sources[k].surfaces;
    line.source_tokens.push_back(vocabularies_.source->piece(kEndOfSentence));
    for (const Hypothesis& hypothesis : found[k]) line.best.push_back(to_text(hypothesis, sources[k]));
  }
  return translated;
}

Translation Translator::to_text(const Hypothesis& hypothesis, const Source& source) const {
  Translation translation;
  translation.log_probability = hypothesis.log_probability;
  translation.score = hypothesis.score;
  translation.alignment = hypothesis.alignment;
  const Vocabulary& target = *vocabularies_.target;
  for (std::size_t i = 0; i < hypothesis.tokens.size(); ++i) {
    translation.tokens.push_back(target.piece(hypothesis.tokens[i]));
    if (!settings_.replace_unknown || hypothesis.tokens[i] != kUnknown || hypothesis.alignment.columns < 2) continue;
    const auto alpha = hypothesis.alignment.row(i).first(source.surfaces.size());
    translation.tokens[i] =
        source.surfaces[static_cast<std::size_t>(std::max_element(alpha.begin(), alpha.end()) - alpha.begin())];
  }
  if (!settings_.replace_unknown) {
    translation.text = target.decode(hypothesis.tokens);
    return translation;
  }
  for (std::size_t i = 0; i + 1 < translation.tokens.size(); ++i)
    translation.text.append(i == 0 ? "" : " ").append(translation.tokens[i]);
  return translation;
}

}  // namespace lockstep

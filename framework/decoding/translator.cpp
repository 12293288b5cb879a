#include "framework/decoding/translator.h"

#include <algorithm>
#include <numeric>
#include <string_view>
#include <utility>

#include "framework/core/errors.h"
#include "framework/decoding/hypothesis_bytes.h"

namespace lockstep {
namespace {

/// Weights α that one batch may keep: a quarter of a gigabyte. Long sentences make smaller batches.
constexpr std::size_t kBatchWeights = std::size_t{1} << 26;

}  // namespace

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
  std::vector<std::vector<std::size_t>> batches;
  ranks_.agree([&] {
    for (const std::string& line : lines) sources.push_back(encode(line));
    std::vector<std::size_t> order(lines.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return sources[a].tokens.size() > sources[b].tokens.size(); });
    std::size_t weights = 0;
    for (const std::size_t k : order) {
      const std::size_t length = sources[k].tokens.size();
      if (length == 0) continue;
      const std::size_t more =
          length * settings_.search.beam *
          static_cast<std::size_t>(settings_.search.max_length_factor * static_cast<double>(length) + 1);
      if (batches.empty() || batches.back().size() == settings_.batch_sentences || weights + more > kBatchWeights) {
        batches.emplace_back();
        weights = 0;
      }
      batches.back().push_back(k);
      weights += more;
    }
  });

  const std::string own = ranks_.agree([&] { return search_own_batches(sources, batches); });
  const std::vector<std::string> by_rank = ranks_.allgather(own);
  std::vector<std::string_view> rest(by_rank.begin(), by_rank.end());
  std::vector<TranslatedLine> translated(lines.size());
  for (std::size_t k = 0; k < lines.size(); ++k) {
    translated[k].source_tokens = sources[k].surfaces;
    if (!sources[k].tokens.empty())
      translated[k].source_tokens.push_back(vocabularies_.source->piece(kEndOfSentence));
    else
      translated[k].best.emplace_back();
    translated[k].tokens_cut = sources[k].cut;
  }
  for (std::size_t j = 0; j < batches.size(); ++j) {
    for (const std::size_t k : batches[j]) {
      for (const Hypothesis& hypothesis : take_hypotheses(rest[j % rest.size()]))
        translated[k].best.push_back(to_text(hypothesis, sources[k]));
    }
  }
  return translated;
}

/// Batch j goes to rank j mod P: neighbours are alike in length.
std::string Translator::search_own_batches(std::span<const Source> sources,
                                           std::span<const std::vector<std::size_t>> batches) const {
  std::string bytes;
  const auto ranks = static_cast<std::size_t>(ranks_.size());
  for (auto j = static_cast<std::size_t>(ranks_.rank()); j < batches.size(); j += ranks) {
    std::vector<std::span<const Token>> batch;
    for (const std::size_t k : batches[j]) batch.emplace_back(sources[k].tokens);
    for (const std::vector<Hypothesis>& best : beam_search(models_, batch, settings_.search))
      append_hypotheses(best, bytes);
  }
  return bytes;
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

#include "launch/validation_bleu.h"

#include <fmt/format.h>

#include <array>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "framework/core/errors.h"
#include "framework/decoding/translator.h"
#include "framework/evaluation/bleu.h"

namespace lockstep {
namespace {

Tokenizer tokenizer_of(BleuTokenizer tokenizer) {
  switch (tokenizer) {
    case BleuTokenizer::kIntl:
      return Tokenizer::kIntl;
    case BleuTokenizer::kChar:
      return Tokenizer::kChar;
    case BleuTokenizer::kZh:
      return Tokenizer::kZh;
    case BleuTokenizer::kNone:
      return Tokenizer::kNone;
    case BleuTokenizer::k13a:
      break;
  }
  return Tokenizer::k13a;
}

PairLines require_text(const Configuration& configuration, const ParallelCorpus& corpus) {
  if (corpus.validation().size() == 0) {
    throw ConfigError(
        "training.validation: BLEU is asked for, but there is no validation text; set corpus.validation and prepare "
        "again, or set metric to cross_entropy and bleu.every_updates to 0");
  }
  PairLines text = corpus.validation_text();
  if (text.source.empty()) {
    throw DataError(
        fmt::format("{}/corpus.h5: an older Lockstep prepared it, without the validation text that BLEU is measured "
                    "on; prepare it again (lockstep prepare CONFIG --force)",
                    configuration.run));
  }
  return text;
}

TranslatorSettings search_settings(const ValidationBleuConfiguration& settings, std::function<void()> before_batch) {
  TranslatorSettings search;
  search.search.beam = static_cast<std::size_t>(settings.beam);
  search.batch_sentences = 64;  // a validation set is small, and many ranks share it
  search.search.alignments = false;
  search.before_batch = std::move(before_batch);
  return search;
}

}  // namespace

ValidationScore make_validation_bleu(const Communicator& ranks, const Configuration& configuration,
                                     const ParallelCorpus& corpus, Model<float>& model,
                                     std::function<void()> before_batch) {
  const ValidationConfiguration& validation = configuration.training.validation;
  if (!validation.measures_bleu()) return {};
  const auto text = std::make_shared<const PairLines>(ranks.agree([&] { return require_text(configuration, corpus); }));
  const auto translator = std::make_shared<Translator>(ranks, std::vector<Model<float>*>{&model}, corpus.vocabularies(),
                                                       search_settings(validation.bleu, std::move(before_batch)));
  BleuSettings settings;
  settings.tokenizer = tokenizer_of(validation.bleu.tokenize);
  const auto bleu = std::make_shared<Bleu>(settings);
  return [&ranks, text, translator, bleu] {
    const std::vector<TranslatedLine> translated = translator->translate(text->source);
    // Machines may differ in the last bit of a logarithm: rank 0's score is everybody's.
    std::array<double, 1> score{};
    ranks.agree([&] {
      if (ranks.rank() != 0) return;
      std::vector<std::string> hypotheses;
      for (const TranslatedLine& line : translated) hypotheses.push_back(line.best.front().text);
      score[0] = bleu->score(count_sentences(*bleu, hypotheses, {text->target}).sum()).value;
    });
    return ranks.allgather(std::span<const double>(score)).front();
  };
}

}  // namespace lockstep

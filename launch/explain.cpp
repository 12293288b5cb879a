#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "framework/core/unicode.h"
#include "framework/decoding/beam_search.h"
#include "framework/decoding/best_words.h"
#include "framework/decoding/load_model.h"
#include "framework/inspection/explanation.h"
#include "launch/commands.h"
#include "launch/compute_options.h"
#include "launch/terminal.h"

namespace lockstep {
namespace {

struct ExplainOptions {
  std::string checkpoint;
  std::string sentence;
  std::string target;
  std::string page;
  std::size_t entries = 4;
  std::size_t likely = 5;
  std::vector<std::string> compute;  ///< overrides of the checkpoint's configuration
  BeamSettings search;
};

constexpr std::size_t kMostTokens = 200;

std::vector<Token> encode(const Vocabulary& vocabulary, const std::string& text) {
  std::vector<Token> tokens = vocabulary.encode(text);
  if (tokens.empty()) throw DataError("the sentence has no words; give one between quotes");
  if (tokens.size() > kMostTokens) {
    throw DataError(fmt::format("the sentence has {} tokens, and nobody reads {} steps; give one of {} at most",
                                tokens.size(), tokens.size(), kMostTokens));
  }
  tokens.push_back(kEndOfSentence);
  return tokens;
}

/// p(word) after the one hypothesis.
float probability(const WordScores<float>& scores, Token word) {
  return static_cast<float>(std::exp(scores.log_probability(0, static_cast<std::size_t>(word))));
}

std::vector<std::pair<std::string, float>> likely_words(const Vocabulary& vocabulary, const WordScores<float>& scores,
                                                        std::size_t count) {
  std::vector<std::pair<std::string, float>> likely;
  BestWords best;
  for (const Token word : best.find({scores.values.row(0), scores.values.columns}, count)) {
    likely.emplace_back(vocabulary.piece(word), probability(scores, word));
  }
  return likely;
}

Explanation explain(const LoadedModel& loaded, const ExplainOptions& options) {
  const Vocabulary& source_vocabulary = *loaded.vocabularies.source;
  const Vocabulary& target_vocabulary = *loaded.vocabularies.target;
  const std::vector<Token> source = encode(source_vocabulary, options.sentence);
  const std::vector<std::span<const Token>> sources = {source};
  Model<float>* const models[] = {loaded.model.get()};
  const std::vector<Token> target = options.target.empty()
                                        ? beam_search(models, sources, options.search).front().front().tokens
                                        : encode(target_vocabulary, options.target);

  Explanation explanation;
  explanation.checkpoint = options.checkpoint;
  explanation.source_text = options.sentence;
  explanation.target_text = options.target.empty() ? target_vocabulary.decode(target) : options.target;
  explanation.source = source_vocabulary.surfaces(options.sentence);
  explanation.source.push_back(source_vocabulary.piece(kEndOfSentence));
  const auto decoder = loaded.model->start_decoding(sources);
  const ConstMatrixView<float> annotations = decoder->annotations(0);
  explanation.annotation_size = annotations.columns;
  for (std::size_t j = 0; j < annotations.rows; ++j)
    explanation.annotations.push_back(show_vector({annotations.row(j), annotations.columns}, options.entries));

  Token previous = -1;
  for (const Token word : target) {
    const std::size_t parent = 0;
    decoder->step({&parent, 1}, {&previous, 1});
    const StepDetails<float> details = decoder->details(0);
    const WordScores<float> scores = decoder->scores(0, 1);
    const std::span<const float> alpha = decoder->alpha(0);
    explanation.state_size = details.state.size();
    explanation.steps.push_back({show_vector(details.previous_state, options.entries),
                                 details.energies,
                                 {alpha.begin(), alpha.end()},
                                 show_vector(details.context, options.entries),
                                 show_vector(details.state, options.entries),
                                 likely_words(target_vocabulary, scores, options.likely),
                                 target_vocabulary.piece(word),
                                 probability(scores, word)});
    previous = word;
  }
  return explanation;
}

}  // namespace

void add_explain_command(CLI::App& program, ExitCode&) {
  const auto options = std::make_shared<ExplainOptions>();
  CLI::App* command = program.add_subcommand(
      "explain", "Shows how a model translates one sentence: states, energies, weights, contexts and words.");
  command->add_option("checkpoint", options->checkpoint, "a trained model")->type_name("FILE")->required();
  command->add_option("sentence", options->sentence, "the sentence, in quotes")->required();
  command->add_option("--target", options->target, "explain this translation instead of the model's own");
  command->add_option("--page", options->page, "also write a web page where one goes through the steps")
      ->type_name("FILE");
  command->add_option("--beam", options->search.beam, "hypotheses kept while searching the translation")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command->add_option("--entries", options->entries, "entries of each vector that are shown")
      ->check(CLI::Range(0, 100))
      ->capture_default_str();
  command->add_option("--words", options->likely, "next words that are shown")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  add_compute_options(*command, options->compute);
  command->footer(
      "Example: lockstep explain runs/multi30k-en-fr/checkpoints/best.h5 \"A dog runs on the grass.\" --page dog.html");
  command->callback([options] {
    for (const std::string* text : {&options->sentence, &options->target}) {
      if (find_invalid_utf8(*text)) throw DataError("the sentence is not UTF-8; check the terminal's settings");
    }
    const LoadedModel loaded = load_model(options->checkpoint, make_chosen_model, options->compute);
    options->search.alignments = false;
    const Explanation explanation = explain(loaded, *options);
    // The page first: a reader of the text may leave early.
    if (!options->page.empty()) write_explanation_page(explanation, options->page);
    fmt::print("{}", explanation_text(explanation, terminal_width()));
    if (!options->page.empty()) fmt::print("\npage: {}\n", options->page);
    std::fflush(stdout);
  });
}

}  // namespace lockstep

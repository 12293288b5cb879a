#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "framework/core/clock.h"
#include "framework/core/log.h"
#include "framework/corpus/text_reader.h"
#include "framework/corpus/word_vocabulary.h"
#include "framework/decoding/load_model.h"
#include "framework/decoding/translator.h"
#include "framework/inspection/alignments_file.h"
#include "framework/parallel/mpi_scope.h"
#include "framework/storage/text_output.h"
#include "framework/training/watchdog.h"
#include "launch/commands.h"
#include "launch/compute_options.h"
#include "launch/print_error.h"
#include "launch/read_lines.h"
#include "launch/watch_ranks.h"

namespace lockstep {
namespace {

struct TranslateOptions {
  std::vector<std::string> checkpoints;
  std::string input = std::string(kStandardInput);
  std::string output = std::string(kStandardOutput);
  std::string alignments;
  std::vector<std::string> compute;  ///< overrides of all checkpoints' configurations
  bool strict = false;
  bool print_n_best = false;
  double watchdog = Watchdog::kDefaultSeconds;
  TranslatorSettings settings;
};

/// Lines are read this many batches at a time: enough to find neighbours in length, and what is held in memory.
constexpr std::size_t kBatchesRead = 16;

/// The next lines of the text, on every rank; only rank 0 has a reader. Fewer than `count` at the end alone.
std::vector<std::string> next_lines(const Communicator& ranks, const TranslateOptions& options,
                                    std::optional<TextReader>& reader, std::size_t count) {
  std::vector<std::string> lines;
  ranks.agree([&] {
    if (!reader) return;
    with_texts(ranks, {options.input}, [&] {
      for (std::string_view line; lines.size() < count && reader->next(line);) lines.emplace_back(line);
    });
  });
  return broadcast_lines(ranks, lines);
}

AlignmentsInfo alignments_info(const TranslateOptions& options) {
  const BeamSettings& search = options.settings.search;
  return {"translation", options.checkpoints,
          fmt::format("beam {}, score log p / length^{:g}, at most {:g} tokens a source token{}{}", search.beam,
                      search.normalization, search.max_length_factor, search.forbid_unknown ? ", no unknown words" : "",
                      compute_note(options.compute))};
}

/// Prints and keeps what became of the lines, on rank 0.
class Results {
 public:
  explicit Results(const TranslateOptions& options) : options_(options), output_(options.output) {
    if (!options.alignments.empty())
      alignments_ = std::make_unique<AlignmentsWriter>(options.alignments, alignments_info(options));
  }

  void add(const std::vector<std::string>& lines, const std::vector<TranslatedLine>& translated) {
    for (std::size_t k = 0; k < lines.size(); ++k, ++line_) {
      if (translated[k].tokens_cut > 0) {
        log_warning("line {}: its last {} of {} tokens were left out; --max-source takes longer lines", line_ + 1,
                    translated[k].tokens_cut, options_.settings.max_source_tokens + translated[k].tokens_cut);
      }
      for (const Translation& translation : translated[k].best) {
        output_.line(options_.print_n_best
                         ? fmt::format("{} ||| {} ||| {:.6f}", line_, translation.text, translation.score)
                         : translation.text);
      }
      const Translation& best = translated[k].best.front();
      for_each_word(best.text, [&](std::string_view /*word*/) { ++words_; });
      if (!alignments_) continue;
      alignments_->add(
          {line_, best.score, lines[k], best.text, translated[k].source_tokens, best.tokens, best.alignment});
    }
    output_.flush();
  }

  [[nodiscard]] std::uint64_t lines() const { return line_; }
  /// Of the best translations.
  [[nodiscard]] std::uint64_t words() const { return words_; }

  void finish() {
    output_.commit();
    if (alignments_) alignments_->commit();
  }

 private:
  const TranslateOptions& options_;
  TextOutput output_;
  std::unique_ptr<AlignmentsWriter> alignments_;
  std::uint64_t line_ = 0;
  std::uint64_t words_ = 0;
};

void translate(const Communicator& ranks, TranslateOptions options) {
  const bool speaks = ranks.rank() == 0;
  if (!speaks) set_log_level(LogLevel::kOff);
  std::signal(SIGPIPE, SIG_IGN);  // a closed pipe is an error with a line of its own
  const std::vector<LoadedModel> loaded =
      ranks.agree([&] { return load_models(options.checkpoints, make_chosen_model, options.compute); });
  for (const LoadedModel& model : loaded) require_same_products(ranks, model);
  watch_ranks(ranks, options.checkpoints.front(), options.watchdog);
  const Heartbeat::Phase phase(ranks.heartbeat(), "translation");
  std::vector<Model<float>*> models;
  models.reserve(loaded.size());
  for (const LoadedModel& model : loaded) models.push_back(model.model.get());
  const bool attends = std::any_of(loaded.begin(), loaded.end(), [](const LoadedModel& model) {
    return model.configuration.model.kind == ModelKind::kRnnSearch;
  });
  options.settings.search.alignments = !options.alignments.empty() || options.settings.replace_unknown;
  const auto translator = ranks.agree([&] {
    if (options.settings.search.alignments && !attends)
      throw ConfigError(
          fmt::format("{}: has no attention, so there are no alignments; leave out --alignments and "
                      "--replace-unknown, or take an rnnsearch model",
                      options.checkpoints.front()));
    return std::make_unique<Translator>(ranks, models, loaded.front().vocabularies, options.settings);
  });

  std::optional<TextReader> reader;
  std::unique_ptr<Results> results;
  ranks.agree([&] {
    if (!speaks) return;
    with_texts(ranks, {options.input},
               [&] { reader.emplace(options.input, options.strict ? InvalidText::kRefuse : InvalidText::kReplace); });
    results = std::make_unique<Results>(options);
  });
  // With batches of one sentence there are no neighbours to find, and a person may sit at the other end.
  const std::size_t batch = options.settings.batch_sentences;
  const std::size_t read_at_once = batch == 1 ? 1 : kBatchesRead * batch;
  Stopwatch watch;
  Stopwatch since_told;
  while (true) {
    const std::vector<std::string> lines = next_lines(ranks, options, reader, read_at_once);
    if (lines.empty()) break;
    const std::vector<TranslatedLine> translated = translator->translate(lines);
    ranks.agree([&] {
      if (speaks) with_texts(ranks, {options.output}, [&] { results->add(lines, translated); });
    });
    if (speaks && since_told.seconds() > 5) {
      log_info("{} lines translated, {:.1f} lines/s", results->lines(),
               static_cast<double>(results->lines()) / watch.seconds());
      since_told.restart();
    }
  }
  ranks.agree([&] {
    if (!speaks) return;
    results->finish();
    const double seconds = watch.seconds();
    log_info("{} lines translated in {:.1f} s, {:.0f} words/s{}", results->lines(), seconds,
             static_cast<double>(results->words()) / seconds,
             options.alignments.empty() ? "" : "; look at them: lockstep inspect " + options.alignments);
  });
}

}  // namespace

void add_translate_command(CLI::App& program, ExitCode& exit_code) {
  const auto options = std::make_shared<TranslateOptions>();
  TranslatorSettings& settings = options->settings;
  CLI::App* command =
      program.add_subcommand("translate", "Translates plain text, a line at a time, with a trained model or several.");
  command->add_option("checkpoints", options->checkpoints, "one, or several with the same vocabularies: an ensemble")
      ->type_name("FILE")
      ->required();
  command->add_option("-i,--input", options->input, "text to translate, one sentence a line; - is standard input")
      ->type_name("FILE")
      ->capture_default_str();
  command->add_option("-o,--output", options->output, "where translations go; - is standard output")
      ->type_name("FILE")
      ->capture_default_str();
  command
      ->add_option("--alignments", options->alignments,
                   "also keep each translation's alignment matrix, tokens and score in this HDF5 file")
      ->type_name("FILE");
  command->add_option("--beam", settings.search.beam, "hypotheses kept for a sentence; 1 is greedy search")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command
      ->add_option("--normalize", settings.search.normalization,
                   "rank translations by log p / length^A; 0 ranks by log p")
      ->type_name("A")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  command
      ->add_option("--max-length", settings.search.max_length_factor,
                   "most tokens of a translation, for each token of its source")
      ->type_name("FACTOR")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  CLI::Option* n_best =
      command
          ->add_option("--n-best", settings.search.n_best,
                       "print the N best of each line as: line (from 0) ||| text ||| score; not over --beam")
          ->type_name("N")
          ->check(CLI::Range(1, 1000));
  command->add_option("--batch", settings.batch_sentences, "sentences searched at once")
      ->check(CLI::Range(1, 100000))
      ->capture_default_str();
  command->add_option("--max-source", settings.max_source_tokens, "tokens of a line that are read; the rest is cut")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str();
  add_compute_options(*command, options->compute);
  command->add_flag("--replace-unknown", settings.replace_unknown,
                    "word vocabularies: an unknown word becomes the source word it attends to most");
  command->add_flag("--forbid-unknown", settings.search.forbid_unknown, "never write the unknown token");
  add_watchdog_option(*command, options->watchdog);
  command->add_flag("--strict", options->strict, "refuse text that is not UTF-8 instead of reading U+FFFD");
  command->footer(
      "Example: mpirun -n 4 lockstep translate runs/multi30k-en-fr/checkpoints/best.h5 --alignments test.h5 \\\n"
      "           < test.en > test.fr\n"
      "Line n of the output translates line n of the input, empty lines too. The output is the same on any number of\n"
      "ranks. To type sentences, take --batch 1.");
  command->callback([options, n_best, &exit_code] {
    options->print_n_best = n_best->count() > 0;
    exit_code = MpiScope::run(
        [&](const Communicator& ranks) {
          translate(ranks, *options);
          return ExitCode::kDone;
        },
        print_error);
  });
}

}  // namespace lockstep

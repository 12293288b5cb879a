#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "framework/core/clock.h"
#include "framework/core/log.h"
#include "framework/corpus/pair_reader.h"
#include "framework/corpus/parallel_corpus.h"
#include "framework/decoding/aligner.h"
#include "framework/decoding/load_model.h"
#include "framework/parallel/mpi_scope.h"
#include "launch/aligned_output.h"
#include "launch/commands.h"
#include "launch/compute_options.h"
#include "launch/print_error.h"
#include "launch/read_lines.h"
#include "launch/watch_ranks.h"

namespace lockstep {
namespace {

/// Pairs are read this many batches at a time: enough to find neighbours in length, and what is held in memory …
constexpr std::size_t kBatchesRead = 16;
/// … as are their matrices, by an estimate of how many weights: a quarter of a gigabyte.
constexpr std::size_t kWeightsRead = std::size_t{1} << 26;

/// The next pairs of lines, on every rank; only rank 0 has a reader. None at the end alone.
PairLines next_pairs(const Communicator& ranks, const AlignOptions& options, std::optional<PairReader>& reader) {
  const AlignerSettings& settings = options.settings;
  PairLines pairs;
  ranks.agree([&] {
    if (!reader) return;
    const auto most_tokens = [&](std::string_view line) { return std::min(line.size(), settings.max_tokens) + 1; };
    std::string_view source;
    std::string_view target;
    std::size_t weights = 0;
    with_texts(ranks, {options.source, options.target}, [&] {
      while (pairs.source.size() < kBatchesRead * settings.batch_pairs && weights < kWeightsRead) {
        if (!reader->next(source, target)) break;
        pairs.source.emplace_back(source);
        pairs.target.emplace_back(target);
        weights += most_tokens(source) * most_tokens(target);
      }
    });
  });
  return {broadcast_lines(ranks, pairs.source), broadcast_lines(ranks, pairs.target)};
}

std::uint64_t count_lines(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::vector<char> piece(std::size_t{1} << 16);
  std::uint64_t lines = 0;
  char last = '\n';
  while (file.read(piece.data(), static_cast<std::streamsize>(piece.size())) || file.gcount() > 0) {
    const auto end = piece.begin() + file.gcount();
    lines += static_cast<std::uint64_t>(std::count(piece.begin(), end, '\n'));
    last = *(end - 1);
  }
  return lines + (last == '\n' ? 0 : 1);
}

/// Says at once what the reader would say at the end of the shorter text. Pipes can be read only once.
void check_lengths(const AlignOptions& options) {
  std::error_code ignored;
  for (const std::string& path : {options.source, options.target}) {
    if (!std::filesystem::is_regular_file(path, ignored)) return;
  }
  const std::uint64_t source = count_lines(options.source);
  const std::uint64_t target = count_lines(options.target);
  if (source == target) return;
  throw DataError(
      fmt::format("{} has {} lines and {} has {}; line n of one must be the translation of line n of the "
                  "other",
                  options.source, source, options.target, target));
}

void check_options(const AlignOptions& options) {
  const bool intersects = options.method == LinkMethod::kIntersect;
  if (intersects && options.reverse.empty())
    throw ConfigError("--method intersect needs --reverse CHECKPOINT, trained from the target language to the source");
  if (!intersects && !options.reverse.empty())
    throw ConfigError("--reverse is used by --method intersect alone; add that, or leave --reverse out");
}

LoadedModel load_attentive_model(const std::string& checkpoint, const AlignOptions& options) {
  LoadedModel loaded = load_model(checkpoint, make_chosen_model, options.compute);
  if (loaded.configuration.model.kind != ModelKind::kRnnSearch)
    throw ConfigError(
        fmt::format("{}: has no attention, so there is nothing to align by; take an rnnsearch model", checkpoint));
  return loaded;
}

void align(const Communicator& ranks, const AlignOptions& options) {
  const bool speaks = ranks.rank() == 0;
  if (!speaks) set_log_level(LogLevel::kOff);
  std::signal(SIGPIPE, SIG_IGN);  // a closed pipe is an error with a line of its own
  ranks.agree([&] { check_options(options); });
  const LoadedModel loaded = ranks.agree([&] { return load_attentive_model(options.checkpoint, options); });
  require_same_products(ranks, loaded);
  watch_ranks(ranks, options.checkpoint, options.watchdog);
  const Heartbeat::Phase phase(ranks.heartbeat(), "alignment");
  const Aligner aligner(ranks, *loaded.model, loaded.vocabularies, options.settings);
  std::optional<LoadedModel> loaded_reverse;
  std::optional<Aligner> reverse_aligner;
  if (options.method == LinkMethod::kIntersect) {
    loaded_reverse = ranks.agree([&] { return load_attentive_model(options.reverse, options); });
    require_same_products(ranks, *loaded_reverse);
    reverse_aligner.emplace(ranks, *loaded_reverse->model, loaded_reverse->vocabularies, options.settings);
  }

  const ParallelFiles files{{options.source}, {options.target}};
  std::optional<PairReader> reader;
  std::unique_ptr<AlignedOutput> output;
  ranks.agree([&] {
    if (!speaks) return;
    with_texts(ranks, {options.source, options.target},
               [&] { reader.emplace(files, options.strict ? InvalidText::kRefuse : InvalidText::kReplace); });
    check_lengths(options);
    output = std::make_unique<AlignedOutput>(options);
  });
  const Stopwatch watch;
  Stopwatch since_told;
  while (true) {
    const PairLines lines = next_pairs(ranks, options, reader);
    if (lines.source.empty()) break;
    const std::vector<AlignedPair> forward = aligner.align(lines.source, lines.target);
    std::vector<AlignedPair> reverse;
    if (reverse_aligner) reverse = reverse_aligner->align(lines.target, lines.source);
    ranks.agree([&] {
      if (speaks) with_texts(ranks, {options.links}, [&] { output->add(lines, forward, reverse); });
    });
    if (!speaks || since_told.seconds() < 5) continue;
    log_info("{} pairs aligned, {:.1f} pairs/s", output->pairs(),
             static_cast<double>(output->pairs()) / watch.seconds());
    since_told.restart();
  }
  ranks.agree([&] {
    if (!speaks) return;
    output->commit();
    log_info("{} pairs aligned in {:.1f} s{}", output->pairs(), watch.seconds(),
             options.alignments.empty() ? "" : "; look at them: lockstep inspect " + options.alignments);
  });
}

/// An option that takes one of the names and sets `value`, whose default the first name stands for.
template <typename Choice>
void add_choice(CLI::App& command, const std::string& option, Choice& value,
                const std::vector<std::pair<std::string, Choice>>& choices, const std::string& description) {
  std::vector<std::string> names;
  for (const auto& [name, choice] : choices) names.push_back(name);
  command
      .add_option_function<std::string>(
          option,
          [&value, choices](const std::string& given) {
            for (const auto& [name, choice] : choices) {
              if (name == given) value = choice;
            }
          },
          description)
      ->check(CLI::IsMember(names))
      ->default_str(names.front());
}

void add_link_options(CLI::App& command, AlignOptions& options) {
  add_choice<LinkMethod>(
      command, "--method", options.method,
      {{"argmax", LinkMethod::kArgMax}, {"threshold", LinkMethod::kThreshold}, {"intersect", LinkMethod::kIntersect}},
      "argmax: the source word of the greatest weight for each target word; threshold: all pairs of at least "
      "--threshold; intersect: arg max links that --reverse finds too");
  command.add_option("--threshold", options.threshold, "least weight of a link of --method threshold")
      ->type_name("WEIGHT")
      ->check(CLI::Range(1e-6, 1.0))
      ->capture_default_str();
  command.add_option("--reverse", options.reverse, "checkpoint of the other direction, target to source")
      ->type_name("FILE");
  add_choice<AlignStep>(
      command, "--step", options.step, {{"emit", AlignStep::kEmit}, {"next", AlignStep::kNext}},
      "read the links of target word y_i from the weights of the step that emits it, or of the next step, which has it "
      "as input");
  add_choice<EndOfSentence>(command, "--end", options.end,
                            {{"word", EndOfSentence::kNextBest}, {"nothing", EndOfSentence::kNoLink}},
                            "where the greatest weight is on the end of the source sentence, arg max links the target "
                            "word to the best source "
                            "word all the same, or to nothing");
}

}  // namespace

void add_align_command(CLI::App& program, ExitCode& exit_code) {
  const auto options = std::make_shared<AlignOptions>();
  CLI::App* command =
      program.add_subcommand("align", "Finds the words that translate each other in given pairs, by forced decoding.");
  command->add_option("checkpoint", options->checkpoint, "a trained rnnsearch model")->type_name("FILE")->required();
  command->add_option("source", options->source, "text, one sentence a line, its words between blanks")
      ->type_name("FILE")
      ->required();
  command->add_option("target", options->target, "its translation, line by line")->type_name("FILE")->required();
  add_link_options(*command, *options);
  command->add_option("--links", options->links, "where the links go; - is standard output")
      ->type_name("FILE")
      ->capture_default_str();
  command
      ->add_option("--alignments", options->alignments,
                   "also keep each pair's matrix α, words and score (mean log p(y|x) a token) in this HDF5 file")
      ->type_name("FILE");
  command->add_flag("--subwords", options->subwords, "with --alignments: keep the matrix of pieces, not of words");
  command->add_option("--batch", options->settings.batch_pairs, "pairs decoded at once")
      ->check(CLI::Range(1, 100000))
      ->capture_default_str();
  command->add_option("--max-tokens", options->settings.max_tokens, "tokens of a line that are read; the rest is cut")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str();
  add_compute_options(*command, options->compute);
  add_watchdog_option(*command, options->watchdog);
  command->add_flag("--strict", options->strict, "refuse text that is not UTF-8 instead of reading U+FFFD");
  command->footer(
      "Example: mpirun -n 4 lockstep align runs/multi30k-en-fr/checkpoints/best.h5 test.en test.fr \\\n"
      "           --alignments test.h5 > links.txt\n"
      "Line n of the output has the links of pair n as i-j: source word i and target word j, both from 0, are\n"
      "translations. Pieces are merged to words: weights are summed over the pieces of a source word and averaged\n"
      "over the pieces of a target word. The ends of sentences are never linked. The matrices kept are those of the\n"
      "step that emits, whatever --step says. The output is the same on any number of ranks. Score links against\n"
      "gold ones: lockstep evaluate --alignment links.txt gold.txt");
  command->callback([options, &exit_code] {
    exit_code = MpiScope::run(
        [&](const Communicator& ranks) {
          align(ranks, *options);
          return ExitCode::kDone;
        },
        print_error);
  });
}

}  // namespace lockstep

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "framework/core/log.h"
#include "framework/evaluation/bleu.h"
#include "framework/evaluation/chrf.h"
#include "framework/storage/whole_file.h"
#include "launch/commands.h"
#include "launch/evaluate_links.h"
#include "launch/evaluate_reports.h"
#include "launch/program_version.h"
#include "launch/read_lines.h"
#include "launch/terminal.h"

namespace lockstep {
namespace {

struct EvaluateOptions {
  std::string hypotheses;
  std::vector<std::string> references;
  std::vector<std::string> metrics = {"bleu", "chrf"};
  std::string tokenizer = "13a";
  std::string smoothing = "exp";
  std::optional<double> smoothing_value;
  bool lowercase = false;
  bool sentences = false;
  bool json = false;
  bool strict = false;
  int digits = 2;
  std::vector<std::string> compare;
  std::string test = "bootstrap";
  std::size_t trials = 0;
  std::uint64_t seed = 12345;
  bool by_length = false;
  std::string source;
  std::vector<std::size_t> bins = {10, 20, 30, 40, 50, 60};
  std::string plot;
  std::vector<std::string> alignment;
};

InvalidText invalid_text(const EvaluateOptions& options) {
  return options.strict ? InvalidText::kRefuse : InvalidText::kReplace;
}

/// Refuses options that don't go together before anything is read.
void check(const EvaluateOptions& options) {
  const auto refuse = [](const std::string& message) { throw ConfigError(message + "; see lockstep evaluate --help"); };
  if (!options.alignment.empty()) {
    if (!options.hypotheses.empty()) refuse("--alignment takes its two files itself, but hypotheses are given too");
    return;
  }
  if (options.hypotheses.empty()) refuse("hypotheses are missing");
  if (options.references.empty()) refuse("references are missing");
  if (options.by_length && options.source.empty()) refuse("--by-length needs the source text: --source FILE");
  if (!options.by_length && !options.plot.empty())
    refuse("--plot draws scores by length: add --by-length --source FILE");
  if (options.sentences && !options.compare.empty()) refuse("--sentences is of one system, but --compare names others");
  if (options.sentences && options.by_length) refuse("--sentences and --by-length don't go together");
  if (options.smoothing_value.has_value() && options.smoothing != "floor" && options.smoothing != "add-k") {
    refuse("--smooth-value is for --smooth floor and add-k");
  }
  std::vector<std::string> files = options.references;
  files.insert(files.end(), options.compare.begin(), options.compare.end());
  files.insert(files.end(), {options.hypotheses, options.source});
  if (std::count(files.begin(), files.end(), "-") > 1) refuse("standard input can be read once, but - is given twice");
}

/// The value of a name in one of the tables that the command line is checked against.
template <typename Table>
auto named(const Table& table, const std::string& name) {
  return std::find_if(table.begin(), table.end(), [&name](const auto& entry) { return entry.first == name; })->second;
}

/// The names of such a table, for the command line.
template <typename Table>
std::vector<std::string> names_of(const Table& table) {
  std::vector<std::string> names;
  for (const auto& entry : table) names.emplace_back(entry.first);
  return names;
}

std::vector<std::unique_ptr<Metric>> make_metrics(const EvaluateOptions& options) {
  std::vector<std::unique_ptr<Metric>> metrics;
  std::set<std::string> seen;
  for (const std::string& name : options.metrics) {
    if (!seen.insert(name == "chrf2" ? "chrf" : name).second) continue;
    if (name == "bleu") {
      metrics.push_back(std::make_unique<Bleu>(BleuSettings{.tokenizer = named(kTokenizers, options.tokenizer),
                                                            .lowercase = options.lowercase,
                                                            .smoothing = named(kSmoothings, options.smoothing),
                                                            .smoothing_value = options.smoothing_value,
                                                            .effective_order = options.sentences}));
    } else {
      metrics.push_back(std::make_unique<Chrf>(
          ChrfSettings{.word_order = name == "chrf++" ? std::size_t{2} : 0, .lowercase = options.lowercase}));
    }
  }
  return metrics;
}

void check_lines(const std::string& file, std::size_t lines, const EvaluateOptions& options, std::size_t expected) {
  if (lines == expected) return;
  throw DataError(fmt::format("{} has {} lines, but {} has {}; line n of each must belong to the same sentence",
                              options.hypotheses, expected, file, lines));
}

/// What spoils a score unnoticed, said on standard error.
void warn_of_traps(const EvaluateOptions& options, const Evaluation& evaluation) {
  const std::vector<std::string>& hypotheses = evaluation.systems.front().hypotheses;
  const auto tokenized =
      std::count_if(hypotheses.begin(), hypotheses.end(), [](const std::string& line) { return line.ends_with(" ."); });
  if (tokenized >= 100 && options.tokenizer != "none") {
    log_warning(
        "{}: {} lines end in ' .'; it seems to be tokenised, and would be so twice: give plain text, or score "
        "with --tokenize none against tokenised references",
        options.hypotheses, tokenized);
  }
  std::size_t empty = 0;
  for (std::size_t k = 0; k < hypotheses.size(); ++k) {
    const auto is_empty = [k](const std::vector<std::string>& file) { return count_words(file[k]) == 0; };
    if (std::all_of(evaluation.references.begin(), evaluation.references.end(), is_empty)) ++empty;
  }
  if (empty > 0) log_warning("{} sentences have no reference but empty ones, which sacreBLEU refuses", empty);
}

Evaluation load(const EvaluateOptions& options) {
  Evaluation evaluation;
  evaluation.digits = options.digits;
  evaluation.metrics = make_metrics(options);
  std::vector<std::string> names = {options.hypotheses};
  names.insert(names.end(), options.compare.begin(), options.compare.end());
  for (const std::string& name : names) {
    evaluation.systems.push_back({name, read_lines(name, invalid_text(options)), {}});
  }
  const std::size_t lines = evaluation.systems.front().hypotheses.size();
  if (lines == 0)
    throw DataError((options.hypotheses == "-" ? "standard input" : options.hypotheses) +
                    ": is empty; there is nothing to score");
  for (const EvaluatedSystem& system : evaluation.systems) {
    check_lines(system.name, system.hypotheses.size(), options, lines);
  }
  for (const std::string& file : options.references) {
    evaluation.references.push_back(read_lines(file, invalid_text(options)));
    check_lines(file, evaluation.references.back().size(), options, lines);
  }
  warn_of_traps(options, evaluation);
  for (EvaluatedSystem& system : evaluation.systems) {
    for (const auto& metric : evaluation.metrics) {
      system.statistics.push_back(count_sentences(*metric, system.hypotheses, evaluation.references));
    }
  }
  return evaluation;
}

LengthReport by_length(const EvaluateOptions& options, const Evaluation& evaluation) {
  const std::vector<std::string> source = read_lines(options.source, invalid_text(options));
  check_lines(options.source, source.size(), options, evaluation.systems.front().hypotheses.size());
  LengthReport report = report_by_length(evaluation, source, LengthBins(options.bins));
  if (!options.plot.empty()) write_file(options.plot, to_svg(report.chart));
  return report;
}

void evaluate(const EvaluateOptions& options) {
  check(options);
  if (!options.alignment.empty()) {
    fmt::print("{}", evaluate_links(options.alignment[0], options.alignment[1], options.json));
    return;
  }
  const Evaluation evaluation = load(options);
  Report scores = options.sentences ? report_sentences(evaluation) : report_scores(evaluation);
  nlohmann::ordered_json data = {{"program", fmt::format("lockstep {}", program_version())},
                                 {"hypotheses", options.hypotheses},
                                 {"references", options.references},
                                 {"lines", evaluation.systems.front().hypotheses.size()},
                                 {options.sentences ? "sentences" : "metrics", scores.data}};
  std::string text = scores.text;
  if (!options.compare.empty()) {
    const Report comparison =
        report_comparison(evaluation, {options.test == "randomization", options.trials, options.seed});
    text = comparison.text;
    data["comparison"] = comparison.data;
  }
  if (options.by_length) {
    const LengthReport lengths = by_length(options, evaluation);
    text += fmt::format("\n{}\n{}", lengths.report.text,
                        to_text(lengths.chart, std::min<std::size_t>(terminal_width(), 100), 15,
                                terminal_color("auto") != TerminalColor::kNone));
    data["by_length"] = lengths.report.data;
  }
  if (options.json) text = data.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  fmt::print("{}", text);
}

}  // namespace

void add_evaluate_command(CLI::App& program, ExitCode&) {
  const auto options = std::make_shared<EvaluateOptions>();
  CLI::App* command = program.add_subcommand("evaluate", "Scores translations (BLEU, chrF) or alignments (AER).");
  command->add_option("hypotheses", options->hypotheses, "translations, a line a sentence; - is standard input")
      ->type_name("FILE");
  command->add_option("references", options->references, "one or more files of reference translations")
      ->type_name("FILE");
  command->add_option("--metrics", options->metrics, "bleu, chrf (chrF2) and chrf++ (chrF2++), with commas between")
      ->delimiter(',')
      ->check(CLI::IsMember({"bleu", "chrf", "chrf2", "chrf++"}))
      ->default_str("bleu,chrf");
  command->add_option("--tokenize", options->tokenizer, "of BLEU: 13a, intl, char, zh or none (words as they are)")
      ->check(CLI::IsMember(names_of(kTokenizers)))
      ->default_str("13a");
  command->add_flag("--lowercase", options->lowercase, "compare in lower case");
  command->add_option("--smooth", options->smoothing, "of BLEU: exp, floor, add-k or none")
      ->check(CLI::IsMember(names_of(kSmoothings)))
      ->default_str("exp");
  command->add_option("--smooth-value", options->smoothing_value, "of floor (0.1) and add-k (1)")
      ->check(CLI::PositiveNumber);
  command->add_flag("--sentences", options->sentences,
                    "a line of scores for each sentence (tabs between metrics); BLEU with effective order");
  command->add_flag("--json", options->json, "all digits, as JSON");
  command->add_option("--digits", options->digits, "after the point")->check(CLI::Range(0, 12))->default_val(2);
  command->add_flag("--strict", options->strict, "refuse text that isn't UTF-8");
  command->add_option("--compare", options->compare, "other systems' translations, tested against the hypotheses")
      ->type_name("FILE");
  command->add_option("--test", options->test, "of --compare: bootstrap or randomization")
      ->check(CLI::IsMember({"bootstrap", "randomization"}))
      ->default_str("bootstrap");
  command->add_option("--trials", options->trials, "of the test (default: 1000 bootstrap, 10000 randomization)")
      ->check(CLI::Range(std::size_t{1}, std::size_t{10'000'000}));
  command->add_option("--seed", options->seed, "of the test")->default_val(12345);
  command->add_flag("--by-length", options->by_length, "the first metric by words of the source, as table and plot");
  command->add_option("--source", options->source, "the source text, for --by-length")->type_name("FILE");
  command->add_option("--bins", options->bins, "upper edges of the lengths, with commas between")
      ->delimiter(',')
      ->default_str("10,20,30,40,50,60");
  command->add_option("--plot", options->plot, "also draw --by-length to this SVG file")->type_name("FILE");
  command->add_option("--alignment", options->alignment, "links and gold links (i-j sure, i?j possible, from 0)")
      ->type_name("FILE")
      ->expected(2);
  command->footer(
      "Example: lockstep evaluate output.fr test.fr --metrics bleu,chrf++\n"
      "         lockstep evaluate output.fr test.fr --compare other.fr --by-length --source test.en --plot "
      "lengths.svg\n"
      "         lockstep evaluate --alignment output.links gold.wa\n"
      "Scores are sacreBLEU's, to the last digit; so are score and signature lines.");
  command->callback([options] { evaluate(*options); });
}

}  // namespace lockstep

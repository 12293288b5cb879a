#include "launch/inspect_alignments.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "framework/core/errors.h"
#include "framework/core/unicode.h"
#include "framework/inspection/alignments_file.h"
#include "framework/inspection/alignments_page.h"
#include "framework/inspection/figure.h"
#include "framework/inspection/heat_map.h"
#include "framework/storage/whole_file.h"
#include "launch/terminal.h"

namespace lockstep {
namespace {

std::string summary(const AlignmentsReader& alignments, const std::filesystem::path& file) {
  std::uint64_t source = 0;
  std::uint64_t target = 0;
  double score = 0;
  for (std::size_t k = 0; k < alignments.size(); ++k) {
    const AlignedSentence sentence = alignments.read(k);
    source += sentence.source.size();
    target += sentence.target.size();
    score += sentence.score;
  }
  const AlignmentsInfo& info = alignments.info();
  std::string text = fmt::format("alignments   {}\nmade         {}{}{}\n", file.string(), printable(info.kind),
                                 info.settings.empty() ? "" : ", ", printable(info.settings));
  for (std::size_t i = 0; i < info.checkpoints.size(); ++i) {
    text += fmt::format("{:<12} {}\n", i == 0 ? "checkpoints" : "", printable(info.checkpoints[i]));
  }
  text += fmt::format("sentences    {}\ntokens       {} source, {} target\n", alignments.size(), source, target);
  if (alignments.size() > 0) {
    text += fmt::format("mean score   {:.4f}\n", score / static_cast<double>(alignments.size()));
  }
  return text;
}

std::string list(const AlignmentsReader& alignments, std::size_t most, std::size_t width) {
  constexpr std::size_t kNumbers = 42;  // cells in front of the texts
  std::string text = fmt::format("\n{:>8} {:>8} {:>10} {:>12}  {}\n", "sentence", "line", "score", "words",
                                 "source, and below it target");
  const std::size_t count = most == 0 ? alignments.size() : std::min(most, alignments.size());
  const std::size_t room = std::max<std::size_t>(width, kNumbers + 20) - kNumbers;
  for (std::size_t k = 0; k < count; ++k) {
    const AlignedSentence sentence = alignments.read(k);
    text += fmt::format("{:>8} {:>8} {:>10.3f} {:>12}  {}\n{:{}}{}\n", k + 1, sentence.line + 1, sentence.score,
                        fmt::format("{} -> {}", sentence.source.size(), sentence.target.size()),
                        fit_width(printable(sentence.source_text), room), "", kNumbers + 1,
                        fit_width(printable(sentence.target_text), room));
  }
  if (count < alignments.size()) {
    text += fmt::format("{:>8} more: --list 0 lists all\n", alignments.size() - count);
  }
  return text;
}

AlignedSentence choose(const AlignmentsReader& alignments, const std::filesystem::path& file, std::size_t number) {
  if (number > alignments.size()) {
    throw ConfigError(
        fmt::format("--sentence {}: {} holds {} sentences, numbered from 1", number, file.string(), alignments.size()));
  }
  AlignedSentence sentence = alignments.read(number - 1);
  const auto refuse = [&](const std::string& what) {
    throw DataError(fmt::format("{}: sentence {} {}", file.string(), number, what));
  };
  if (sentence.source.empty() || sentence.target.empty()) refuse("has no word on one side: nothing can be drawn");
  if (std::max(sentence.source.size(), sentence.target.size()) > kLargestDrawnSide) {
    refuse(
        fmt::format("has {} source and {} target words: too many to draw (at most {} a side); read its matrix with "
                    "h5py, as README.md shows",
                    sentence.source.size(), sentence.target.size(), kLargestDrawnSide));
  }
  return sentence;
}

std::string describe(const AlignedSentence& sentence, std::size_t number) {
  return fmt::format("sentence {}  line {}  score {:.4f}\nsource  {}\ntarget  {}\n\n", number, sentence.line + 1,
                     sentence.score, printable(sentence.source_text), printable(sentence.target_text));
}

void write(const std::string& path, const std::string& bytes) {
  write_file(path, bytes);
  fmt::print(stderr, "wrote {}\n", path);
}

}  // namespace

void add_alignments_options(CLI::App& command, InspectAlignmentsOptions& options) {
  const std::string group = "Of alignments";
  command
      .add_option("--sentence", options.sentence,
                  "the heat map of one sentence: its number in the file, from 1, as the list shows it")
      ->check(CLI::Range(std::size_t{1}, std::size_t{1} << 40))
      ->group(group);
  command.add_option("--list", options.list, "how many sentences to list; 0: all")->capture_default_str()->group(group);
  command.add_option("--png", options.png, "write the heat map of --sentence as a picture")
      ->type_name("FILE")
      ->group(group);
  command.add_option("--svg", options.svg, "write the heat map of --sentence as a drawing")
      ->type_name("FILE")
      ->group(group);
  command.add_option("--page", options.page, "write one web page with all sentences (of a run: its curves)")
      ->type_name("FILE")
      ->group(group);
  command.add_option("--color", options.color, "greys in the terminal: auto, always or never")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->capture_default_str()
      ->group(group);
}

void refuse_alignments_options(const std::filesystem::path& file, const InspectAlignmentsOptions& options) {
  const char* given = options.sentence > 0   ? "--sentence"
                      : !options.png.empty() ? "--png"
                      : !options.svg.empty() ? "--svg"
                                             : nullptr;
  if (given == nullptr) return;
  throw ConfigError(
      fmt::format("{} draws alignments, and {} is no alignments file; translate and align write one with "
                  "--alignments",
                  given, file.string()));
}

void inspect_alignments(const std::filesystem::path& file, const InspectAlignmentsOptions& options) {
  const bool writes = !options.png.empty() || !options.svg.empty() || !options.page.empty();
  if (options.sentence == 0 && (!options.png.empty() || !options.svg.empty())) {
    throw ConfigError("--png and --svg draw one sentence: say which with --sentence N");
  }
  const AlignmentsReader alignments(file);
  if (!options.page.empty()) {
    write_alignments_page(alignments, file.filename().string(), options.page);
    fmt::print(stderr, "wrote {}\n", options.page);
  }
  if (options.sentence > 0) {
    const AlignedSentence sentence = choose(alignments, file, options.sentence);
    if (!options.png.empty()) write(options.png, alignment_png(sentence));
    if (!options.svg.empty()) write(options.svg, alignment_svg(sentence));
    if (!writes) {
      fmt::print("{}{}", describe(sentence, options.sentence),
                 heat_map(sentence, terminal_width(), terminal_color(options.color)));
    }
  } else if (!writes) {
    fmt::print("{}{}", summary(alignments, file), list(alignments, options.list, terminal_width()));
  }
}

}  // namespace lockstep

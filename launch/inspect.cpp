#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "framework/checkpoint/run_record.h"
#include "framework/corpus/parallel_corpus.h"
#include "framework/inspection/alignments_file.h"
#include "framework/storage/file.h"
#include "launch/commands.h"
#include "launch/inspect_alignments.h"
#include "launch/inspect_checkpoint.h"
#include "launch/inspect_corpus.h"
#include "launch/inspect_run.h"

namespace lockstep {
namespace {

struct InspectOptions {
  std::string file;
  bool digest = false;
  InspectAlignmentsOptions alignments;
};

void inspect(const InspectOptions& options) {
  const bool run = is_run(options.file);
  const std::string format = run ? "" : file_format_name(options.file).value_or("");
  if (run || format == kCheckpointFormat.name || format == kCorpusFormat.name) {
    refuse_alignments_options(options.file, options.alignments);
  }
  if (run) return inspect_run(options.file, options.alignments.color, options.alignments.page);
  if (format == kCorpusFormat.name && !options.alignments.page.empty()) {
    throw ConfigError(fmt::format("--page: {} is a corpus, of which there is no page", options.file));
  }
  if (format == kCheckpointFormat.name) {
    inspect_checkpoint(options.file, options.digest, options.alignments.color, options.alignments.page);
  } else if (format == kCorpusFormat.name && options.digest) {
    fmt::print("{}\n", to_string(FileReader(options.file, kCorpusFormat).digest()));
  } else if (format == kCorpusFormat.name) {
    inspect_corpus(options.file);
  } else if (format == kAlignmentsFormat.name && options.digest) {
    fmt::print("{}\n", to_string(FileReader(options.file, kAlignmentsFormat).digest()));
  } else if (format == kAlignmentsFormat.name) {
    inspect_alignments(options.file, options.alignments);
  } else {
    throw DataError(fmt::format(
        "{}: is no run folder, corpus, checkpoint or alignments file of lockstep; those are a run's corpus.h5 and "
        "checkpoints/*.h5, and what translate and align write with --alignments",
        options.file));
  }
}

}  // namespace

void add_inspect_command(CLI::App& program, ExitCode&) {
  const auto options = std::make_shared<InspectOptions>();
  CLI::App* command =
      program.add_subcommand("inspect", "Shows what a run, a corpus, a checkpoint or an alignments file holds.");
  command->add_option("file", options->file, "a run folder, corpus, checkpoint or alignments file")
      ->type_name("FILE")
      ->required();
  command->add_flag("--digest", options->digest,
                    "only one hash: of a checkpoint's parameters, optimizer state and progress, or of another file");
  add_alignments_options(*command, options->alignments);
  command->footer(
      "Examples: lockstep inspect runs/quickstart-en-fr --page curves.html\n"
      "          lockstep inspect runs/quickstart-en-fr/checkpoints/best.h5 --digest\n"
      "          lockstep inspect alignments.h5 --sentence 3 --png figure.png\n"
      "          lockstep inspect alignments.h5 --page alignments.html");
  command->callback([options] { inspect(*options); });
}

}  // namespace lockstep

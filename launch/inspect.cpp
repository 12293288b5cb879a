#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "framework/checkpoint/run_record.h"
#include "framework/corpus/parallel_corpus.h"
#include "framework/storage/file.h"
#include "launch/commands.h"
#include "launch/inspect_checkpoint.h"
#include "launch/inspect_corpus.h"

namespace lockstep {
namespace {

struct InspectOptions {
  std::string file;
  bool digest = false;
};

void inspect(const InspectOptions& options) {
  const std::string format = file_format_name(options.file).value_or("");
  if (format == kCheckpointFormat.name) {
    inspect_checkpoint(options.file, options.digest);
  } else if (format == kCorpusFormat.name && options.digest) {
    fmt::print("{}\n", to_string(FileReader(options.file, kCorpusFormat).digest()));
  } else if (format == kCorpusFormat.name) {
    inspect_corpus(options.file);
  } else {
    throw DataError(
        fmt::format("{}: is neither a corpus nor a checkpoint of lockstep; those are a run's corpus.h5 and "
                    "checkpoints/*.h5",
                    options.file));
  }
}

}  // namespace

void add_inspect_command(CLI::App& program, ExitCode&) {
  const auto options = std::make_shared<InspectOptions>();
  CLI::App* command = program.add_subcommand("inspect", "Says what a corpus or a checkpoint holds.");
  command->add_option("file", options->file, "a corpus or checkpoint")->required();
  command->add_flag("--digest", options->digest,
                    "only one hash: of a checkpoint's parameters, optimizer state and progress, or of a corpus");
  command->footer("Example: lockstep inspect runs/quickstart-en-fr/checkpoints/best.h5 --digest");
  command->callback([options] { inspect(*options); });
}

}  // namespace lockstep

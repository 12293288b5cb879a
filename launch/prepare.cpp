#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "framework/core/clock.h"
#include "framework/core/configuration.h"
#include "framework/core/log.h"
#include "framework/corpus/prepare.h"
#include "launch/commands.h"
#include "launch/inspect_corpus.h"
#include "launch/ready_configuration.h"

namespace lockstep {
namespace {

struct PrepareOptions {
  std::string configuration;
  std::vector<std::string> overrides;
  bool force = false;
  std::size_t threads = usable_processors();
};

/// A bar on a terminal, and a line for each stage and every ten seconds elsewhere.
class StageDisplay {
 public:
  ~StageDisplay() { clear(); }

  void show(std::string_view stage, std::uint64_t done, std::uint64_t total) {
    const bool begins = stage != stage_;
    if (!begins && since_shown_.seconds() < (terminal_ ? 0.2 : 10.0)) return;
    stage_ = stage;
    since_shown_.restart();
    if (!terminal_ && begins) {
      log_info("{} …", stage);
    } else if (!terminal_) {
      log_info("{}: {}", stage, progress_of(done, total));
    } else {
      fmt::print(stderr, "\r\033[K{}: {}", stage, progress_of(done, total));
      std::fflush(stderr);
      shown_ = true;
    }
  }
  void clear() {
    if (shown_) fmt::print(stderr, "\r\033[K");
    shown_ = false;
  }

 private:
  [[nodiscard]] static std::string progress_of(std::uint64_t done, std::uint64_t total) {
    if (total == 0) return fmt::format("{} pairs", done);
    constexpr std::uint64_t kWidth = 30;
    const std::uint64_t full = kWidth * std::min(done, total) / total;
    return fmt::format("[{:#<{}}{:.<{}}] {} of {} pairs", "", full, "", kWidth - full, done, total);
  }

  bool terminal_ = ::isatty(STDERR_FILENO) == 1;
  bool shown_ = false;
  std::string stage_;
  Stopwatch since_shown_;
};

void make_folder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) {
    throw RunError(fmt::format("{}: the run folder can't be made: {}; choose another with --set run=FOLDER",
                               folder.string(), error.message()));
  }
}

void print_next(const PrepareOptions& options) {
  std::string command = "mpirun -n 2 lockstep train " + options.configuration;
  for (const std::string& setting : options.overrides) command += fmt::format(" --set '{}'", setting);
  fmt::print("next: {}\n", command);
}

void prepare(const PrepareOptions& options) {
  const Stopwatch watch;
  const Configuration configuration = load_configuration(find_configuration(options.configuration), options.overrides);
  const std::filesystem::path folder = configuration.run;
  const std::filesystem::path file = folder / "corpus.h5";
  if (!options.force && std::filesystem::exists(file)) {
    if (!is_prepared(configuration.corpus, file)) {
      throw ConfigError(
          fmt::format("{}: exists, and was not made from this text with these corpus settings (or is damaged); "
                      "--force replaces it, --set run=FOLDER keeps it",
                      file.string()));
    }
    fmt::print("{}: is up to date: same text, same settings; nothing to do (--force prepares it again)\n",
               file.string());
    print_next(options);
    return;
  }
  make_folder(folder);
  StageDisplay display;
  const PrepareSummary summary = prepare_corpus(
      configuration.corpus, file,
      [&](std::string_view stage, std::uint64_t done, std::uint64_t total) { display.show(stage, done, total); },
      options.threads);
  display.clear();
  for (const std::string& marked : summary.byte_order_marks) {
    log_warning("{}: begins with a byte order mark, which was skipped", marked);
  }
  const double seconds = watch.seconds();
  const auto pairs = static_cast<double>(summary.train.read + summary.validation.read);
  fmt::print("{}: prepared in {:.1f} s, {:.0f} pairs/s\n{}", file.string(), seconds, pairs / seconds,
             describe_corpus(ParallelCorpus(file)));
  print_next(options);
}

}  // namespace

void add_prepare_command(CLI::App& program, ExitCode&) {
  const auto options = std::make_shared<PrepareOptions>();
  CLI::App* command = program.add_subcommand(
      "prepare", "Turns a parallel text into the run's corpus.h5: vocabularies, tokens, validation pairs.");
  add_configuration(*command, options->configuration);
  command->add_option("--set", options->overrides, "a value over the configuration, like corpus.max_length=80")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  command->add_flag("--force", options->force, "replace a corpus.h5 made from other text or settings");
  command
      ->add_option("--threads", options->threads,
                   "threads that count words and encode; the file is the same for any number (by default one for each "
                   "processor that the process may use)")
      ->check(CLI::Range(std::size_t{1}, std::size_t{1024}));
  command->footer(
      "Example: lockstep prepare configs/multi30k-en-fr.yaml --set corpus.vocabulary.size=4000\n"
      "Lines of both sides correspond: line n of the source is translated by line n of the target.");
  command->callback([options] { prepare(*options); });
}

}  // namespace lockstep

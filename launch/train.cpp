#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "framework/core/configuration.h"
#include "framework/core/log.h"
#include "framework/corpus/parallel_corpus.h"
#include "framework/numeric/gemm.h"
#include "framework/parallel/mpi_scope.h"
#include "framework/parallel/placement.h"
#include "framework/training/trainer.h"
#include "launch/commands.h"
#include "launch/describe_program.h"
#include "launch/print_error.h"
#include "launch/program_version.h"
#include "launch/ready_configuration.h"
#include "launch/run_corpus.h"
#include "launch/validation_bleu.h"
#include "launch/watch_ranks.h"
#include "models/registry.h"

namespace lockstep {
namespace {

struct TrainOptions {
  std::string configuration;
  std::vector<std::string> overrides;
  StartOptions start;
  bool print_configuration = false;
  double max_minutes = 0;
  std::uint64_t check_ranks = 0;
};

RunIdentity identity_of(const Configuration& configuration, const ParallelCorpus& corpus) {
  return {to_yaml(configuration),
          to_string(corpus.digest()),
          std::string(program_version()),
          {describe_gemm(configuration.compute.gemm, configuration.compute.precision), describe_simd()},
          [&corpus](FileWriter& file) { write_vocabularies(file, corpus.vocabularies()); },
          std::string(program_revision())};
}

/// "node1" or "node1, node2": each host once.
std::string hosts_of(const Communicator& ranks) {
  std::vector<std::string> hosts = ranks.allgather(ranks.host());
  std::sort(hosts.begin(), hosts.end());
  hosts.erase(std::unique(hosts.begin(), hosts.end()), hosts.end());
  return fmt::format("{}", fmt::join(hosts, ", "));
}

void log_start(const Communicator& ranks, const Configuration& configuration, const ParallelCorpus& corpus,
               const Model<float>& model, const RunIdentity& identity) {
  const std::string hosts = hosts_of(ranks);
  const auto shards = static_cast<std::size_t>(configuration.training.shards);
  const auto p = static_cast<std::size_t>(ranks.size());
  const std::string shards_a_rank =
      shards % p == 0 ? fmt::format("{}", shards / p) : fmt::format("{} or {}", shards / p, shards / p + 1);
  const ModelKind kind = configuration.model.kind;
  log_info("program   {}", program_title());
  log_info("model     {}, {} parameters, vocabularies {} and {}",
           kind == ModelKind::kRnnSearch ? "rnnsearch" : "rnnencdec", model.layout().count(),
           corpus.vocabularies().source->size(), corpus.vocabularies().target->size());
  log_info("ranks     {} on {}, {} of {} shards each, {} sentences a shard", p, hosts, shards_a_rank, shards,
           configuration.training.shard_sentences);
  log_info("corpus    {} pairs to train on, {} to validate", corpus.train().size(), corpus.validation().size());
  log_info("compute   {}, {}", identity.compute.gemm, identity.compute.instruction_set);
  const int threads = gemm_threads(configuration.compute.gemm, configuration.compute.precision);
  const std::vector<Placement> placements = gather_placements(ranks, own_placement(ranks.host(), threads));
  if (ranks.rank() != 0) return;
  for (const std::string& line : placement_warnings(placements)) log_warning("{}", line);
}

std::string_view reason(TrainingSummary::End end) {
  switch (end) {
    case TrainingSummary::End::kUpdates:
      return "training.updates reached";
    case TrainingSummary::End::kEpochs:
      return "training.epochs reached";
    case TrainingSummary::End::kPatience:
      return "no better validation for training.validation.patience times";
    case TrainingSummary::End::kTime:
      return "stopped by --max-minutes";
    case TrainingSummary::End::kSignal:
      return "stopped by a signal";
  }
  return "";
}

/// "done (…): …", or where and why it stopped, and what comes next.
std::string describe_summary(const TrainOptions& options, const TrainingSummary& summary) {
  const std::string file = summary.checkpoint.string();
  const std::string speed =
      summary.words_per_second > 0 ? fmt::format(", {:.0f} target words/s", summary.words_per_second) : "";
  if (summary.stopped()) {
    return fmt::format("{} after update {}{}; checkpoint {}; start lockstep train {} again to go on",
                       reason(summary.end), summary.progress.update, speed, file, options.configuration);
  }
  std::string score;
  if (summary.validation) {
    score = fmt::format(", validation perplexity {:.3f}", std::exp(summary.validation->cross_entropy));
    if (summary.validation->bleu) score += fmt::format(", BLEU {:.2f}", *summary.validation->bleu);
  }
  return fmt::format("done ({}): update {}, epoch {}{}{}; checkpoint {}; next: lockstep inspect {}",
                     reason(summary.end), summary.progress.update, summary.progress.epoch, score, speed, file, file);
}

void print_summary(const TrainOptions& options, const TrainingSummary& summary) {
  const std::string line = describe_summary(options, summary);
  // lockstep-run looks for it there.
  log_to_file_alone(line);
  fmt::print("{}\n", line);
  std::fflush(stdout);
}

ExitCode train(const Communicator& ranks, const TrainOptions& options) {
  StopPlan plan(options.max_minutes);
  Watchdog& watchdog = start_watchdog(ranks);
  const bool speaks = ranks.rank() == 0;
  if (!speaks) set_log_level(LogLevel::kOff);
  const Configuration configuration =
      ranks.agree([&] { return load_configuration(find_configuration(options.configuration), options.overrides); });
  watchdog.limit(configuration.watchdog.seconds);
  ranks.agree([&] { check_shards(static_cast<std::size_t>(configuration.training.shards), ranks.size()); });
  const ParallelCorpus corpus = ranks.agree([&] { return open_run_corpus(configuration, options.configuration); });
  if (configuration.watchdog.seconds > 0) watchdog.share(ranks, std::filesystem::path(configuration.run) / "watchdog");
  ranks.agree([&] {
    if (speaks) log_to_file(std::filesystem::path(configuration.run) / "log");
  });
  const std::unique_ptr<Model<float>> model = ranks.agree([&] {
    const Vocabularies& words = corpus.vocabularies();
    return make_model<float>(configuration, {words.source->size(), words.target->size()});
  });
  const RunIdentity identity = identity_of(configuration, corpus);
  log_start(ranks, configuration, corpus, *model, identity);
  Trainer trainer(ranks, configuration, corpus.train(), corpus.validation(), *model, identity, options.start,
                  make_validation_bleu(ranks, configuration, corpus, *model, [&plan] { plan.stop_here(); }));
  if (speaks) watchdog.tidy();  // the trainer has locked the folder
  const TrainingSummary summary = trainer.run(plan, options.check_ranks);
  if (speaks) {
    if (summary.checkpoints > 0) {
      log_info("stood still for {:.3f} s in all to copy the state for {} checkpoints", summary.checkpoint_seconds,
               summary.checkpoints);
    }
    print_summary(options, summary);
    stop_logging_to_file();
  }
  return summary.stopped() ? ExitCode::kStopped : ExitCode::kDone;
}

}  // namespace

void add_train_command(CLI::App& program, ExitCode& exit_code) {
  const auto options = std::make_shared<TrainOptions>();
  CLI::App* command = program.add_subcommand(
      "train", "Trains on the run's corpus.h5, on as many ranks as mpirun starts; goes on from the newest checkpoint.");
  add_configuration(*command, options->configuration);
  command->add_option("--set", options->overrides, "a value over the configuration, like training.updates=1000")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  CLI::Option* fresh =
      command->add_flag("--fresh", options->start.fresh, "begin anew; refuses where the run has checkpoints");
  command->add_flag("--force", options->start.force, "with --fresh: delete the checkpoints there are")->needs(fresh);
  command->add_flag("--allow-different-compute", options->start.allow_different_compute,
                    "go on from a checkpoint that another gemm engine, instruction set or minor version computed");
  command->add_flag("--print-configuration", options->print_configuration,
                    "print the configuration with every default, and don't train");
  command
      ->add_option("--max-minutes", options->max_minutes,
                   "stop with a checkpoint before so many minutes are over, for a queue's time limit (0: none)")
      ->check(CLI::Range(0.0, 1e7));
  command
      ->add_option("--check-ranks", options->check_ranks,
                   "every N updates compare what ranks hold and compute, and stop naming one that differs (0: never)")
      ->type_name("N")
      ->check(CLI::Range(std::uint64_t{0}, std::uint64_t{1000000000}));
  command->footer(
      "Example: mpirun -n 4 lockstep train configs/multi30k-en-fr.yaml --set training.epochs=10\n"
      "Any number of ranks up to training.shards gives the same bits. SIGUSR1, SIGUSR2, SIGTERM or SIGINT ask for a\n"
      "stop: a checkpoint is written, and the exit code is 75. Start it again to go on, on any number of ranks. A "
      "second\n"
      "SIGINT ends it at once, and the run goes on from the checkpoint before.");
  command->callback([options, &exit_code] {
    if (options->print_configuration) {
      fmt::print("{}", to_yaml(load_configuration(find_configuration(options->configuration), options->overrides)));
      return;
    }
    exit_code = MpiScope::run([&](const Communicator& ranks) { return train(ranks, *options); }, print_error);
  });
}

}  // namespace lockstep

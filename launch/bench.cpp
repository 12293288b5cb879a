#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "framework/core/configuration.h"
#include "framework/core/log.h"
#include "framework/core/profile.h"
#include "framework/numeric/gemm.h"
#include "framework/parallel/mpi_scope.h"
#include "framework/parallel/shard_tree.h"
#include "framework/storage/whole_file.h"
#include "framework/training/benchmark.h"
#include "launch/bench_report.h"
#include "launch/commands.h"
#include "launch/print_error.h"
#include "launch/ready_configuration.h"
#include "launch/run_corpus.h"
#include "models/registry.h"

namespace lockstep {
namespace {

struct BenchOptions {
  std::string configuration;
  std::vector<std::string> overrides;
  std::uint64_t updates = 20;
  std::uint64_t warmup = 5;
  std::string trace;
  bool json = false;
};

BenchmarkSubject subject_of(const Communicator& ranks, const Configuration& configuration, const Model<float>& model) {
  return {configuration.model.kind == ModelKind::kRnnSearch ? "rnnsearch" : "rnnencdec",
          model.layout().count(),
          static_cast<std::size_t>(configuration.training.shards),
          static_cast<std::size_t>(configuration.training.shard_sentences),
          describe_gemm(configuration.compute.gemm, configuration.compute.precision),
          describe_simd(),
          ranks.allgather(ranks.host())};
}

void print_report(const BenchOptions& options, const BenchmarkSubject& subject, const BenchmarkReport& report) {
  fmt::print("{}", options.json ? benchmark_json(subject, report) : benchmark_text(subject, report));
  std::fflush(stdout);
}

ExitCode bench(const Communicator& ranks, const BenchOptions& options) {
  const bool speaks = ranks.rank() == 0;
  if (!speaks) set_log_level(LogLevel::kOff);
  const Configuration configuration =
      ranks.agree([&] { return load_configuration(find_configuration(options.configuration), options.overrides); });
  ranks.agree([&] { check_shards(static_cast<std::size_t>(configuration.training.shards), ranks.size()); });
  const ParallelCorpus corpus = ranks.agree([&] { return open_run_corpus(configuration, options.configuration); });
  // Opened now, so that a wrong path is told before the measuring and not after it.
  std::optional<WholeFile> trace;
  ranks.agree([&] {
    if (speaks && !options.trace.empty()) trace.emplace(options.trace);
  });
  Profile profile;
  const auto [model, engine] = ranks.agree([&] {
    const Vocabularies& words = corpus.vocabularies();
    return std::pair{make_model<float>(configuration, {words.source->size(), words.target->size()}, &profile),
                     make_gemm<float>(configuration.compute.gemm, configuration.compute.precision)};
  });
  const BenchmarkSubject subject = subject_of(ranks, configuration, *model);
  log_info("model           {}, {} parameters", subject.model, subject.parameters);
  log_info("an update has   {} x {} sentences (shards x sentences); ranks: {}", subject.shards, subject.shard_sentences,
           ranks.size());
  log_info("compute         {}, {}", subject.gemm, subject.instruction_set);
  log_info("measuring       updates to warm up: {}, to measure: {}, then each matrix product alone", options.warmup,
           options.updates);
  const BenchmarkReport report = run_benchmark(ranks, configuration, corpus.train(), *model, *engine, profile,
                                               {options.updates, options.warmup, !options.trace.empty()});
  if (report.lost_events > 0) log_warning("the trace lacks the last {} events of rank 0", report.lost_events);
  ranks.agree([&] {
    if (!speaks) return;
    if (trace) {
      trace->append(report.trace);
      trace->commit();
    }
    print_report(options, subject, report);
  });
  return ExitCode::kDone;
}

}  // namespace

void add_bench_command(CLI::App& program, ExitCode& exit_code) {
  const auto options = std::make_shared<BenchOptions>();
  CLI::App* command = program.add_subcommand(
      "bench",
      "Measures how fast a configuration trains here, where the time goes, and how near that is to the floor.");
  add_configuration(*command, options->configuration);
  command->add_option("--set", options->overrides, "a value over the configuration, like training.shards=16")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  command->add_option("--updates", options->updates, "updates to measure")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1000000}))
      ->capture_default_str();
  command->add_option("--warmup", options->warmup, "updates before them")
      ->check(CLI::Range(std::uint64_t{0}, std::uint64_t{1000000}))
      ->capture_default_str();
  command->add_option("--trace", options->trace, "writes what each rank does in one more update; open it in Perfetto")
      ->type_name("FILE");
  command->add_flag("--json", options->json, "all digits, of every rank and product, as JSON");
  command->footer(
      "Example: mpirun -n 4 lockstep bench configs/multi30k-en-fr.yaml --trace update.json\n"
      "Needs the run's corpus.h5 (lockstep prepare). Trains on initial parameters that nobody keeps: the run folder\n"
      "stays as it is. The floor of an update is its matrix products, each as fast as the engine does it when it is\n"
      "repeated alone, and the bytes that optimizer and sum of gradients must move, at the speed of the memory here.");
  command->callback([options, &exit_code] {
    exit_code = MpiScope::run([&](const Communicator& ranks) { return bench(ranks, *options); }, print_error);
  });
}

}  // namespace lockstep

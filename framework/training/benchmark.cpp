#include "framework/training/benchmark.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <limits>
#include <memory>
#include <numeric>

#include "framework/core/clock.h"
#include "framework/core/resources.h"
#include "framework/corpus/sampler.h"
#include "framework/numeric/optimizer_kernels.h"
#include "framework/numeric/profiled_gemm.h"
#include "framework/optimizers/optimizer.h"
#include "framework/parallel/shard_tree.h"
#include "framework/parallel/slices.h"
#include "framework/training/chrome_trace.h"
#include "framework/training/sharded_state.h"
#include "framework/training/update_step.h"

namespace lockstep {
namespace {

/// Events of an update at the paper's sizes are some thousands a shard.
constexpr std::size_t kTraceCapacity = 1U << 18;

/// What repeating the products may take in all, on top of three repetitions each.
constexpr double kRepeatSeconds = 4;

/// Training from the start, update by update, on a state that nobody keeps.
class ScratchTraining {
 public:
  ScratchTraining(const Communicator& ranks, const Configuration& configuration, const Dataset& dataset,
                  Model<float>& model, Profile& profile)
      : profile_(profile),
        sampler_(dataset, sampler_settings(configuration)),
        state_(ranks, model, configuration, &profile) {
    state_.initialize(static_cast<std::uint64_t>(configuration.seed));
    step_ = std::make_unique<UpdateStep>(ranks, configuration, dataset, model, state_, &profile);
  }

  /// Returns the target words of the update.
  std::uint64_t update() {
    const std::uint64_t per_epoch = sampler_.batches_per_epoch();
    const Batch& batch = [&]() -> const Batch& {
      const Profile::Span span(&profile_, Work::kInput, "batch");
      return sampler_.batch(done_ / per_epoch, done_ % per_epoch);
    }();
    ++done_;
    return step_->run(done_, done_, batch).words;
  }

  [[nodiscard]] std::size_t slots() const { return state_.slot_names().size(); }
  [[nodiscard]] std::size_t own_gradients() const { return state_.subtrees().size(); }

 private:
  Profile& profile_;
  Sampler sampler_;
  ShardedState state_;
  std::unique_ptr<UpdateStep> step_;
  std::uint64_t done_ = 0;
};

Traffic traffic_of(const Communicator& ranks, const Configuration& configuration, std::size_t elements,
                   const ScratchTraining& training) {
  const auto shards = static_cast<std::size_t>(configuration.training.shards);
  const Slices slices(elements, ranks.size());
  const ShardRange own = shards_of_rank(ranks.rank(), ranks.size(), shards);
  Traffic traffic;
  traffic.elements = slices.padded();
  traffic.slice = slices.of_rank(ranks.rank()).size();
  traffic.own_gradients = training.own_gradients();
  traffic.own_subtrees = complete_subtrees(own).size();
  for (int rank = 0; rank < ranks.size(); ++rank) {
    traffic.all_subtrees += complete_subtrees(shards_of_rank(rank, ranks.size(), shards)).size();
  }
  traffic.slots = training.slots();
  return traffic;
}

/// Bytes a second of the fastest of some Adam passes over as many parameters, all ranks at once. Collective.
double measure_bandwidth(const Communicator& ranks, std::size_t elements) {
  constexpr int kPasses = 6;
  constexpr double kBytesOfElement = 7 * sizeof(float);  // reads four arrays, writes three
  const std::size_t whole = std::max(elements, kSliceBlock);
  OptimizerConfiguration adam;
  adam.kind = OptimizerKind::kAdam;
  const std::unique_ptr<Optimizer> optimizer = make_optimizer(adam, whole);
  const std::vector<float> gradient(whole, 0.01F);
  std::vector<float> parameters(whole, 0.5F);
  double best = std::numeric_limits<double>::infinity();
  for (int pass = 1; pass <= kPasses; ++pass) {
    ranks.barrier();
    best = std::min(best, undisturbed_seconds(
                              [&] { optimizer->step(static_cast<std::uint64_t>(pass), gradient, 1.0F, parameters); }));
  }
  return kBytesOfElement * static_cast<double>(whole) / best;
}

/// The fastest seconds of each group's product; the groups share the time as they did in training.
std::vector<double> repeat_products(const Gemm<float>& engine, const std::vector<ProductGroup>& groups) {
  const double all = std::accumulate(groups.begin(), groups.end(), std::numeric_limits<double>::min(),
                                     [](double sum, const ProductGroup& group) { return sum + group.seconds; });
  std::vector<double> fastest;
  for (const ProductGroup& group : groups) {
    fastest.push_back(fastest_product(engine, group.name, group.sizes, kRepeatSeconds * group.seconds / all));
  }
  return fastest;
}

/// Every rank's measurement on every rank.
std::vector<RankMeasurement> gather(const Communicator& ranks, const RankMeasurement& own) {
  std::vector<double> values(own.seconds.begin(), own.seconds.end());
  const auto each = [](auto& m, auto&& visit) {
    for (auto* const value : {&m.update_seconds, &m.processor_seconds, &m.operations, &m.gemm_floor, &m.bandwidth,
                              &m.optimizer_bytes, &m.reduction_bytes, &m.peak_memory}) {
      visit(*value);
    }
  };
  each(own, [&](double value) { values.push_back(value); });
  const std::vector<double> all = ranks.allgather(values);
  std::vector<RankMeasurement> measurements(static_cast<std::size_t>(ranks.size()));
  auto next = all.begin();
  for (RankMeasurement& measurement : measurements) {
    for (double& value : measurement.seconds) value = *next++;
    each(measurement, [&](double& value) { value = *next++; });
  }
  assert(next == all.end());
  return measurements;
}

}  // namespace

double RankMeasurement::busy() const {
  return update_seconds - seconds[static_cast<std::size_t>(Work::kCommunication)];
}

double BenchmarkReport::floor() const {
  double highest = 0;
  for (const RankMeasurement& rank : ranks) highest = std::max(highest, rank.floor());
  return highest;
}

BenchmarkReport run_benchmark(const Communicator& ranks, const Configuration& configuration, const Dataset& dataset,
                              Model<float>& model, const Gemm<float>& engine, Profile& profile,
                              const BenchmarkOptions& options) {
  BenchmarkReport report;
  report.updates = options.updates;
  report.update_seconds.reserve(options.updates);
  RankMeasurement own;
  std::vector<ProductGroup> groups;
  Traffic traffic;
  {
    ScratchTraining training(ranks, configuration, dataset, model, profile);
    for (std::uint64_t i = 0; i < options.warmup; ++i) training.update();
    ranks.barrier();
    profile.restart();
    const double processor_before = processor_seconds();
    const Stopwatch total;
    for (std::uint64_t i = 0; i < options.updates; ++i) {
      const Stopwatch watch;
      report.words += training.update();
      report.update_seconds.push_back(watch.seconds());
    }
    const double mean = 1 / static_cast<double>(options.updates);
    own.update_seconds = mean * total.seconds();
    own.processor_seconds = mean * (processor_seconds() - processor_before);
    for (const Work work : kAllWork) own.seconds[static_cast<std::size_t>(work)] = mean * profile.seconds(work);
    own.peak_memory = peak_memory();
    groups = group_products(profile.tallies());
    traffic = traffic_of(ranks, configuration, model.layout().size(), training);
    if (options.trace) {
      profile.keep_events(kTraceCapacity);
      ranks.barrier();
      profile.restart();
      training.update();
      const std::vector<std::string> events = ranks.allgather(trace_events(profile, ranks.rank(), ranks.host()));
      if (ranks.rank() == 0) report.trace = chrome_trace(events);
      report.lost_events = profile.lost_events();
    }
  }
  const double mean = 1 / static_cast<double>(options.updates);
  ranks.barrier();
  const std::vector<double> fastest = repeat_products(engine, groups);
  own.operations = mean * operations(groups);
  own.gemm_floor = mean * product_seconds(groups, fastest);
  own.optimizer_bytes = traffic.optimizer_bytes();
  own.reduction_bytes = traffic.reduction_bytes();
  own.bandwidth = measure_bandwidth(ranks, traffic.slice);
  report.ranks = gather(ranks, own);
  for (const RankMeasurement& rank : report.ranks) {
    report.seconds = std::max(report.seconds, rank.update_seconds * static_cast<double>(options.updates));
  }
  for (std::size_t i = 0; i < groups.size(); ++i) report.products.push_back({groups[i], fastest[i]});
  return report;
}

}  // namespace lockstep

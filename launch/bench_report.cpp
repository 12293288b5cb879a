#include "launch/bench_report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>
#include <utility>
#include <vector>

#include "launch/program_version.h"

namespace lockstep {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kMilli = 1e3;
constexpr double kGiga = 1e-9;
constexpr double kMega = 1e-6;

/// Ranks by what they had to do beside communication, the slowest first.
std::vector<std::size_t> slowest_first(const BenchmarkReport& report) {
  std::vector<std::size_t> order(report.ranks.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return report.ranks[a].busy() > report.ranks[b].busy(); });
  return order;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

template <typename Value>
double sum_of(const BenchmarkReport& report, const Value& value) {
  return std::accumulate(report.ranks.begin(), report.ranks.end(), 0.0,
                         [&](double sum, const RankMeasurement& rank) { return sum + value(rank); });
}

double unnamed_seconds(const RankMeasurement& rank) {
  return rank.update_seconds - std::accumulate(rank.seconds.begin(), rank.seconds.end(), 0.0);
}

double gemm_seconds(const RankMeasurement& rank) {
  return rank.seconds[static_cast<std::size_t>(Work::kGemm)];
}

std::string rank_table(const BenchmarkSubject& subject, const BenchmarkReport& report) {
  const std::vector<std::size_t> order = slowest_first(report);
  std::string text = fmt::format("\n{:<20}{:>8}", "ms an update", "working");
  for (const Work work : kAllWork) text += fmt::format("{:>15}", name_of(work));
  text += fmt::format("{:>8}\n", "other");
  const auto line = [&](const char* name, std::size_t place) {
    const RankMeasurement& rank = report.ranks[order[place]];
    text += fmt::format("{:<20}{:>8.1f}", fmt::format("{}: rank {}", name, order[place]), kMilli * rank.busy());
    for (const double seconds : rank.seconds) text += fmt::format("{:>15.1f}", kMilli * seconds);
    text += fmt::format("{:>8.1f}  on {}\n", kMilli * unnamed_seconds(rank), subject.hosts[order[place]]);
  };
  line("slowest", 0);
  if (order.size() > 2) line("median", order.size() / 2);
  line("fastest", order.size() - 1);
  return text;
}

Json rank_json(const BenchmarkSubject& subject, const BenchmarkReport& report, std::size_t r) {
  const RankMeasurement& rank = report.ranks[r];
  Json seconds;
  for (const Work work : kAllWork) seconds[std::string(name_of(work))] = rank.seconds[static_cast<std::size_t>(work)];
  seconds["other"] = unnamed_seconds(rank);
  return {{"rank", r},
          {"host", subject.hosts[r]},
          {"update_seconds", rank.update_seconds},
          {"processor_seconds", rank.processor_seconds},
          {"working_seconds", rank.busy()},
          {"seconds", seconds},
          {"gemm_operations", rank.operations},
          {"floor",
           {{"seconds", rank.floor()},
            {"gemm", rank.gemm_floor},
            {"optimizer", rank.optimizer_bytes / rank.bandwidth},
            {"reduction", rank.reduction_bytes / rank.bandwidth},
            {"optimizer_bytes", rank.optimizer_bytes},
            {"reduction_bytes", rank.reduction_bytes},
            {"bytes_per_second", rank.bandwidth}}},
          {"peak_memory_bytes", rank.peak_memory}};
}

/// Of their time, how much the ranks had a processor.
double processor_share(const BenchmarkReport& report) {
  return sum_of(report, [](const RankMeasurement& rank) { return rank.processor_seconds; }) /
         sum_of(report, [](const RankMeasurement& rank) { return rank.update_seconds; });
}

/// By kind of work, of the time of all ranks together; they add up to 1.
std::vector<std::pair<std::string, double>> shares(const BenchmarkReport& report) {
  const double whole = sum_of(report, [](const RankMeasurement& rank) { return rank.update_seconds; });
  std::vector<std::pair<std::string, double>> parts;
  for (const Work work : kAllWork) {
    const auto seconds = [work](const RankMeasurement& rank) { return rank.seconds[static_cast<std::size_t>(work)]; };
    parts.emplace_back(name_of(work), sum_of(report, seconds) / whole);
  }
  parts.emplace_back("other", sum_of(report, unnamed_seconds) / whole);
  return parts;
}

/// Speed, length and parts of an update.
std::string update_lines(const BenchmarkReport& report) {
  const std::vector<double>& times = report.update_seconds;
  const auto [shortest, longest] = std::minmax_element(times.begin(), times.end());
  const double words = static_cast<double>(report.words) / static_cast<double>(report.updates);
  std::vector<std::string> parts;
  for (const auto& [name, share] : shares(report)) parts.push_back(fmt::format("{} {:.1f} %", name, 100 * share));
  return fmt::format("speed           {:.0f} target words per second\n", report.words_per_second()) +
         fmt::format("an update       {:.1f} ms ({:.1f} to {:.1f}, median {:.1f}) for {:.0f} target words\n",
                     kMilli * report.mean_update(), kMilli * *shortest, kMilli * *longest, kMilli * median(times),
                     words) +
         fmt::format("time goes to    {}\n", fmt::join(parts, ", "));
}

/// What the hardware would allow, and how near to it the update comes.
std::string floor_lines(const BenchmarkReport& report) {
  const RankMeasurement& rank =
      *std::max_element(report.ranks.begin(), report.ranks.end(),
                        [](const RankMeasurement& a, const RankMeasurement& b) { return a.floor() < b.floor(); });
  const double operations = sum_of(report, [](const RankMeasurement& one) { return one.operations; });
  const double alone = sum_of(report, [](const RankMeasurement& one) { return one.gemm_floor; });
  return fmt::format(
             "products        {:.1f} GFLOP an update at {:.1f} GFLOP/s a rank; {:.1f} when each is repeated alone\n",
             kGiga * operations, kGiga * operations / sum_of(report, gemm_seconds), kGiga * operations / alone) +
         fmt::format("memory          {:.1f} GB/s a rank, when an optimizer passes over its arrays\n",
                     kGiga * rank.bandwidth) +
         fmt::format("floor           {:.1f} ms: products {:.1f}, optimizer {:.1f}, sum of gradients {:.1f}\n",
                     kMilli * rank.floor(), kMilli * rank.gemm_floor, kMilli * rank.optimizer_bytes / rank.bandwidth,
                     kMilli * rank.reduction_bytes / rank.bandwidth) +
         fmt::format("reached         {:.1f} % of the speed that the floor allows\n",
                     100 * report.floor() / report.mean_update());
}

std::string resource_lines(const BenchmarkReport& report) {
  const auto memory = [](const RankMeasurement& rank) { return rank.peak_memory; };
  double most = 0;
  for (const RankMeasurement& rank : report.ranks) most = std::max(most, rank.peak_memory);
  const std::string together =
      report.ranks.size() > 1 ? fmt::format(", {:.0f} MB together", kMega * sum_of(report, memory)) : "";
  const double held = processor_share(report);
  constexpr double kUndisturbed = 0.95;
  std::string text = fmt::format("peak memory     {:.0f} MB a rank{}\n", kMega * most, together) +
                     fmt::format("processor       held for {:.0f} % of the time\n", 100 * held);
  if (held < kUndisturbed) {
    text += fmt::format(
        "disturbed       others run here too; in processor time {:.0f} words per second, {:.1f} % of the speed\n",
        report.words_per_second() / held, 100 * report.floor() / report.mean_update() / held);
  }
  return text;
}

}  // namespace

std::string benchmark_text(const BenchmarkSubject& subject, const BenchmarkReport& report) {
  std::string text = update_lines(report) + floor_lines(report) + resource_lines(report);
  if (report.ranks.size() > 1) text += rank_table(subject, report);
  return text;
}

std::string benchmark_json(const BenchmarkSubject& subject, const BenchmarkReport& report) {
  Json parts;
  for (const auto& [name, share] : shares(report)) parts[name] = share;
  Json ranks = Json::array();
  for (std::size_t r = 0; r < report.ranks.size(); ++r) ranks.push_back(rank_json(subject, report, r));
  Json products = Json::array();
  for (const ProductMeasurement& product : report.products) {
    const ProductGroup& group = product.group;
    products.push_back({{"product", group.name},
                        {"m", group.sizes[0]},
                        {"k", group.sizes[1]},
                        {"n", group.sizes[2]},
                        {"count", group.count},
                        {"equivalents", group.equivalents},
                        {"seconds", group.seconds},
                        {"fastest_seconds", product.fastest}});
  }
  const std::vector<std::size_t> order = slowest_first(report);
  const Json data = {
      {"program", fmt::format("lockstep {}", program_version())},
      {"revision", program_revision()},
      {"model", subject.model},
      {"parameters", subject.parameters},
      {"shards", subject.shards},
      {"shard_sentences", subject.shard_sentences},
      {"gemm", subject.gemm},
      {"instruction_set", subject.instruction_set},
      {"ranks", report.ranks.size()},
      {"updates", report.updates},
      {"target_words", report.words},
      {"seconds", report.seconds},
      {"words_per_second", report.words_per_second()},
      {"update_seconds", report.update_seconds},
      {"shares", parts},
      {"processor_share", processor_share(report)},
      {"floor_seconds", report.floor()},
      {"floor_reached", report.floor() / report.mean_update()},
      {"slowest_rank", order.front()},
      {"median_rank", order[order.size() / 2]},
      {"fastest_rank", order.back()},
      {"by_rank", ranks},
      {"products_of_rank_0", products},
  };
  return data.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace lockstep

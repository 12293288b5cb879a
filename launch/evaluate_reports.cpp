#include "launch/evaluate_reports.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "framework/core/unicode.h"
#include "framework/evaluation/bleu.h"
#include "framework/evaluation/significance.h"
#include "framework/inspection/terminal_text.h"

namespace lockstep {
namespace {

using Json = nlohmann::ordered_json;
constexpr std::size_t kWidestName = 40;

/// Cells that the first column of a table needs.
std::size_t name_width(const Evaluation& evaluation) {
  std::size_t width = 6;
  for (const EvaluatedSystem& system : evaluation.systems) {
    width = std::max(width, std::min(kWidestName, display_width(printable(system.name))));
  }
  return width;
}

Json score_data(const Metric& metric, const SentenceStatistics& statistics, const std::string& signature_line) {
  const std::vector<std::int64_t> sums = statistics.sum();
  const Score score = metric.score(sums);
  Json data = {{"name", metric.name()}, {"score", score.value}, {"signature", signature_line}};
  if (!score.detail.empty()) data["verbose_score"] = score.detail;
  if (const auto* bleu = dynamic_cast<const Bleu*>(&metric)) {
    const BleuParts parts = bleu->parts(sums);
    data["precisions"] = parts.precisions;
    data["brevity_penalty"] = parts.brevity_penalty;
    data["hypothesis_length"] = parts.hypothesis_length;
    data["reference_length"] = parts.reference_length;
  }
  // As in sacreBLEU's JSON, each part of the signature has its own key too.
  for (std::size_t at = 0; at < signature_line.size();) {
    const std::size_t end = std::min(signature_line.find('|', at), signature_line.size());
    const std::size_t colon = signature_line.find(':', at);
    data[signature_line.substr(at, colon - at)] = signature_line.substr(colon + 1, end - colon - 1);
    at = end + 1;
  }
  return data;
}

/// "(p = 0.0010)*": a star where the difference is significant.
std::string p_value_text(double p_value) {
  return fmt::format("(p = {:.4f}){}", p_value, p_value < 0.05 ? "*" : " ");
}

}  // namespace

Report report_scores(const Evaluation& evaluation) {
  Report report{"", Json::array()};
  std::string signatures;
  for (std::size_t m = 0; m < evaluation.metrics.size(); ++m) {
    const Metric& metric = *evaluation.metrics[m];
    const SentenceStatistics& statistics = evaluation.systems.front().statistics[m];
    const std::string line = signature(metric, evaluation.references);
    report.text += score_line(metric, metric.score(statistics.sum()), evaluation.digits) + "\n";
    signatures += fmt::format("{}|{}\n", metric.name(), line);
    report.data.push_back(score_data(metric, statistics, line));
  }
  report.text += signatures;
  return report;
}

Report report_sentences(const Evaluation& evaluation) {
  Report report{"", Json::array()};
  const EvaluatedSystem& system = evaluation.systems.front();
  for (std::size_t k = 0; k < system.hypotheses.size(); ++k) {
    Json scores = Json::object();
    for (std::size_t m = 0; m < evaluation.metrics.size(); ++m) {
      const double value = evaluation.metrics[m]->score(system.statistics[m].row(k)).value;
      report.text += fmt::format("{}{:.{}f}", m > 0 ? "\t" : "", value, evaluation.digits);
      scores[evaluation.metrics[m]->name()] = value;
    }
    report.text += '\n';
    report.data.push_back(scores);
  }
  return report;
}

Report report_comparison(const Evaluation& evaluation, const ComparisonSettings& settings) {
  constexpr std::size_t kBootstrapTrials = 1000;
  constexpr std::size_t kRandomizationTrials = 10000;
  const std::size_t usual = settings.randomization ? kRandomizationTrials : kBootstrapTrials;
  const std::size_t trials = settings.trials > 0 ? settings.trials : usual;
  const std::size_t resamples = settings.randomization ? kBootstrapTrials : trials;
  const std::string trials_text =
      fmt::format("{}:{}|seed:{}", settings.randomization ? "ar" : "bs", trials, settings.seed);

  const std::size_t width = name_width(evaluation);
  const std::size_t column = 37 + 3 * static_cast<std::size_t>(evaluation.digits);
  Report report{fmt::format("{:{}}", "system", width), Json::object()};
  report.data = {{"test", settings.randomization ? "randomization" : "bootstrap"},
                 {"trials", trials},
                 {"seed", settings.seed},
                 {"signatures", Json::object()},
                 {"systems", Json::array()}};
  std::string signatures;
  for (const auto& metric : evaluation.metrics) {
    const std::string line = signature(*metric, evaluation.references, trials_text);
    report.text += in_cells_left(fmt::format("  {} (mean ± 95 % interval)", metric->name()), column);
    signatures += fmt::format("{}|{}\n", metric->name(), line);
    report.data["signatures"][metric->name()] = line;
  }
  report.text.erase(report.text.find_last_not_of(' ') + 1);
  report.text += '\n';
  const EvaluatedSystem& baseline = evaluation.systems.front();
  for (const EvaluatedSystem& system : evaluation.systems) {
    report.text += in_cells_left(system.name, width);
    Json entry = {{"system", system.name}, {"baseline", &system == &baseline}, {"metrics", Json::object()}};
    for (std::size_t m = 0; m < evaluation.metrics.size(); ++m) {
      const Metric& metric = *evaluation.metrics[m];
      const SentenceStatistics& base = baseline.statistics[m];
      const SentenceStatistics& other = system.statistics[m];
      PairedTest test;
      if (&system == &baseline) {
        test.confidence = bootstrap(metric, other, resamples, settings.seed);
      } else if (settings.randomization) {
        test = paired_randomization(metric, base, other, trials, resamples, settings.seed);
      } else {
        test = paired_bootstrap(metric, base, other, trials, settings.seed);
      }
      const double value = metric.score(other.sum()).value;
      const std::string p_value = &system == &baseline ? "baseline" : p_value_text(test.p_value);
      report.text +=
          in_cells_left(fmt::format("  {:.{}f} ({:.{}f} ± {:.{}f}) {}", value, evaluation.digits, test.confidence.mean,
                                    evaluation.digits, test.confidence.half_width, evaluation.digits, p_value),
                        column);
      entry["metrics"][metric.name()] = {
          {"score", value}, {"mean", test.confidence.mean}, {"half_width", test.confidence.half_width}};
      if (&system != &baseline) entry["metrics"][metric.name()]["p_value"] = test.p_value;
    }
    report.text.erase(report.text.find_last_not_of(' ') + 1);
    report.text += '\n';
    report.data["systems"].push_back(entry);
  }
  report.text +=
      fmt::format("* differs from the baseline by more than chance (p < 0.05, paired {}, {} trials)\n{}",
                  settings.randomization ? "approximate randomisation" : "bootstrap resampling", trials, signatures);
  return report;
}

LengthReport report_by_length(const Evaluation& evaluation, const std::vector<std::string>& source,
                              const LengthBins& bins) {
  const Metric& metric = *evaluation.metrics.front();
  std::vector<std::size_t> lengths;
  for (const std::string& line : source) lengths.push_back(count_words(line));

  LengthReport result;
  result.chart = {metric.name() + " by sentence length", "words in the source sentence", metric.name(), {}, {}};
  const std::size_t width = std::max<std::size_t>(name_width(evaluation), 12);
  result.report.text += in_cells_left("source words", width);
  for (std::size_t bin = 0; bin < bins.size(); ++bin) {
    result.chart.x_names.push_back(bins.label(bin));
    result.report.text += fmt::format("{:>8}", bins.label(bin));
  }
  result.report.data = {{"metric", metric.name()}, {"bins", result.chart.x_names}, {"systems", Json::array()}};
  for (const EvaluatedSystem& system : evaluation.systems) {
    const std::vector<BinScore> scores = score_by_length(metric, system.statistics.front(), lengths, bins);
    Series series{std::filesystem::path(system.name).filename().string(), {}, {}};
    Json values = Json::array();
    if (&system == &evaluation.systems.front()) {
      result.report.text += '\n';
      result.report.text += in_cells_left("sentences", width);
      for (const BinScore& score : scores) {
        result.report.text += fmt::format("{:>8}", score.sentences);
        result.report.data["sentences"].push_back(score.sentences);
      }
    }
    result.report.text += '\n';
    result.report.text += in_cells_left(system.name, width);
    for (std::size_t bin = 0; bin < scores.size(); ++bin) {
      const bool any = scores[bin].sentences > 0;
      series.x.push_back(static_cast<double>(bin));
      series.y.push_back(scores[bin].value);
      values.push_back(any ? Json(scores[bin].value) : Json());
      result.report.text += any ? fmt::format("{:>8.{}f}", scores[bin].value, evaluation.digits) : "       -";
    }
    result.chart.series.push_back(series);
    result.report.data["systems"].push_back({{"system", system.name}, {"scores", values}});
  }
  result.report.text += '\n';
  return result;
}

}  // namespace lockstep

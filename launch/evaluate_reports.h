#pragma once

#include <cstddef>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "framework/evaluation/length_bins.h"
#include "framework/evaluation/metric.h"
#include "framework/inspection/line_chart.h"

namespace lockstep {

/// One system's translations and what each metric counted in them.
struct EvaluatedSystem {
  std::string name;
  std::vector<std::string> hypotheses;
  std::vector<SentenceStatistics> statistics;  ///< [metric]
};

/// What `lockstep evaluate` is about: the first system, others to compare it with, and metrics.
struct Evaluation {
  std::vector<std::unique_ptr<Metric>> metrics;
  References references;
  std::vector<EvaluatedSystem> systems;
  int digits = 2;
};

struct ComparisonSettings {
  bool randomization = false;  ///< else bootstrap
  std::size_t trials = 0;      ///< 0: as many as sacreBLEU takes
  std::uint64_t seed = 12345;
};

/// One of a table for people and its data; a report prints either.
struct Report {
  std::string text;
  nlohmann::ordered_json data;
};

/// Score and signature of the first system under each metric.
[[nodiscard]] Report report_scores(const Evaluation& evaluation);

/// A line for each sentence of the first system: its scores, with tabs between metrics.
[[nodiscard]] Report report_sentences(const Evaluation& evaluation);

/// Every system's scores, with confidence, and the p-value of its difference to the first one's.
[[nodiscard]] Report report_comparison(const Evaluation& evaluation, const ComparisonSettings& settings);

/// The first metric by the length of the source (words of each line of `source`), with the chart of it.
struct LengthReport {
  Report report;
  LineChart chart;
};
[[nodiscard]] LengthReport report_by_length(const Evaluation& evaluation, const std::vector<std::string>& source,
                                            const LengthBins& bins);

}  // namespace lockstep

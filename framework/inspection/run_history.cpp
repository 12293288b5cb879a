#include "framework/inspection/run_history.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <utility>

#include "framework/core/errors.h"

namespace lockstep {
namespace {

void add(Series& series, double x, double y) {
  series.x.push_back(x);
  series.y.push_back(y);
}

void add_line(RunHistory& history, const nlohmann::json& line) {
  const std::string kind = line.at("kind").get<std::string>();
  if (kind == "update") {
    // What isn't finite stands there as null.
    if (line.contains("skipped")) return;
    const double update = line.at("update").get<double>();
    add(history.loss, update, line.at("loss").get<double>());
    add(history.cross_entropy, update, line.at("cross_entropy").get<double>());
    add(history.words_per_second, update, line.at("words_per_second").get<double>());
  } else if (kind == "validation") {
    const double update = line.at("update").get<double>();
    add_validation(history, update, line.at("cross_entropy").get<double>());
    const auto bleu = line.find("bleu");
    if (bleu != line.end() && bleu->is_number()) add(history.bleu, update, bleu->get<double>());
  }
}

/// Means of `group` points in a row, each where the last of them stands; what is no number (a run that diverged) stays
/// none.
Series thinned(const Series& series, std::size_t group) {
  if (group <= 1) return series;
  Series means{series.name, {}, {}};
  for (std::size_t begin = 0; begin < series.x.size(); begin += group) {
    const std::size_t end = std::min(begin + group, series.x.size());
    double sum = 0;
    for (std::size_t i = begin; i < end; ++i) sum += series.y[i];
    add(means, series.x[end - 1], sum / static_cast<double>(end - begin));
  }
  return means;
}

}  // namespace

RunHistory read_metrics(const std::filesystem::path& file) {
  errno = 0;
  std::ifstream stream(file, std::ios::binary);
  if (!stream) {
    throw DataError(fmt::format("{}: can't be read: {}; train first, or name the folder of a run", file.string(),
                                std::strerror(errno)));
  }
  RunHistory history;
  std::size_t number = 0;
  for (std::string text; std::getline(stream, text);) {
    ++number;
    if (stream.eof()) break;  // without its \n: being written
    try {
      add_line(history, nlohmann::json::parse(text));
    } catch (const nlohmann::json::exception&) {
      throw DataError(fmt::format("{}:{}: is no line of a run's metrics; take it away", file.string(), number));
    }
  }
  return history;
}

void add_validation(RunHistory& history, double update, double cross_entropy) {
  add(history.validation_cross_entropy, update, cross_entropy);
  add(history.perplexity, update, std::exp(cross_entropy));
}

std::vector<LineChart> training_curves(const RunHistory& history, std::size_t most) {
  const std::size_t group = (history.loss.x.size() + most - 1) / most;
  const std::string means = group > 1 ? fmt::format(", means of {} updates", group) : "";
  std::vector<LineChart> curves;
  const auto draw = [&curves](std::string title, std::string unit, std::vector<Series> series) {
    std::erase_if(series, [](const Series& one) { return one.x.empty(); });
    if (!series.empty()) curves.push_back({std::move(title), "updates", std::move(unit), std::move(series), {}});
  };
  std::vector<Series> losses = {thinned(history.loss, group)};
  // Without label smoothing the two are one line.
  if (history.cross_entropy.y != history.loss.y) losses.push_back(thinned(history.cross_entropy, group));
  losses.push_back(history.validation_cross_entropy);
  draw("Loss" + means, "nats a word", std::move(losses));
  draw("Validation perplexity", "", {history.perplexity});
  draw("Validation BLEU", "", {history.bleu});
  draw("Speed" + means, "target words per second", {thinned(history.words_per_second, group)});
  return curves;
}

}  // namespace lockstep

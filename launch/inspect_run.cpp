#include "launch/inspect_run.h"

#include <fmt/format.h>

#include <algorithm>

#include "framework/core/errors.h"
#include "framework/inspection/run_history.h"
#include "launch/terminal.h"

namespace lockstep {
namespace {

/// The last values of a run, in lines for people.
std::string describe_run(const RunHistory& history) {
  std::string text;
  if (!history.loss.x.empty()) {
    const double updates = history.loss.x.back();
    text += fmt::format("trained      {:.0f} updates, loss {:.4f} at the last\n", updates, history.loss.y.back());
  }
  const auto best = std::min_element(history.perplexity.y.begin(), history.perplexity.y.end());
  if (best != history.perplexity.y.end()) {
    const auto place = static_cast<std::size_t>(best - history.perplexity.y.begin());
    text += fmt::format("perplexity   {:.3f} on the validation text at the last, best {:.3f} at update {:.0f}\n",
                        history.perplexity.y.back(), *best, history.perplexity.x[place]);
  }
  const auto top = std::max_element(history.bleu.y.begin(), history.bleu.y.end());
  if (top != history.bleu.y.end()) {
    const auto place = static_cast<std::size_t>(top - history.bleu.y.begin());
    text += fmt::format("BLEU         {:.2f} on the validation text at the last, best {:.2f} at update {:.0f}\n",
                        history.bleu.y.back(), *top, history.bleu.x[place]);
  }
  return text;
}

}  // namespace

bool is_run(const std::filesystem::path& path) {
  return std::filesystem::is_directory(path) || path.extension() == ".jsonl";
}

void inspect_run(const std::filesystem::path& run, const std::string& color, const std::string& page) {
  const bool folder = std::filesystem::is_directory(run);
  const std::filesystem::path metrics = folder ? run / "metrics.jsonl" : run;
  const RunHistory history = read_metrics(metrics);
  const std::vector<LineChart> curves = training_curves(history);
  if (curves.empty()) {
    throw DataError(fmt::format("{}: holds no update yet; look again when training has begun", metrics.string()));
  }
  if (!page.empty()) {
    write_curves_page(curves, run.string(), page);
    fmt::print(stderr, "wrote {}\n", page);
    return;
  }
  fmt::print("run          {}\n{}", run.string(), describe_run(history));
  print_curves(curves, color);
}

void print_curves(const std::vector<LineChart>& curves, const std::string& color) {
  constexpr std::size_t kWidest = 100;
  constexpr std::size_t kRows = 12;
  for (const LineChart& curve : curves) {
    fmt::print("\n{}", to_text(curve, std::min(terminal_width(), kWidest), kRows,
                               terminal_color(color) != TerminalColor::kNone));
  }
}

}  // namespace lockstep

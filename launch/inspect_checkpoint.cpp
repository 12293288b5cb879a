#include "launch/inspect_checkpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <sstream>
#include <vector>

#include "framework/checkpoint/state_digest.h"
#include "framework/core/errors.h"
#include "framework/inspection/run_history.h"
#include "framework/inspection/terminal_text.h"
#include "launch/inspect_run.h"

namespace lockstep {
namespace {

/// The L2 norm of a stored array.
double norm_of(const CheckpointReader& checkpoint, const std::string& name, std::uint64_t size) {
  double sum = 0;
  checkpoint.read_pieces(name, size, [&](std::span<const float> values) {
    for (const float value : values) sum += static_cast<double>(value) * static_cast<double>(value);
  });
  return std::sqrt(sum);
}

/// "perplexity 4.123 (cross-entropy 1.4166), BLEU 41.20"
std::string scores_of(const ValidationRecord& validation) {
  const std::string bleu = validation.bleu ? fmt::format(", BLEU {:.2f}", *validation.bleu) : "";
  return fmt::format("perplexity {:.3f} (cross-entropy {:.4f}){}", std::exp(validation.cross_entropy),
                     validation.cross_entropy, bleu);
}

std::string describe_progress(const RunRecord& record) {
  const Progress& progress = record.progress;
  std::string text = fmt::format("update     {} (batch {} of epoch {}), {} target words\n", progress.update,
                                 progress.batch, progress.epoch + 1, progress.words);
  if (progress.skipped > 0)
    text += fmt::format("skipped    {} updates, as a loss or gradient wasn't finite\n", progress.skipped);
  for (const ValidationRecord& validation : record.history) {
    if (validation.update != progress.best_update) continue;
    text += fmt::format("best       {} at update {}; {} validations since\n", scores_of(validation),
                        progress.best_update, progress.validations_without_improvement);
  }
  constexpr std::size_t kShown = 10;
  const std::size_t first = record.history.size() - std::min(kShown, record.history.size());
  for (std::size_t i = first; i < record.history.size(); ++i) {
    const ValidationRecord& validation = record.history[i];
    text += fmt::format("{:<10} update {:>8}  {}\n", i == first ? "validated" : "", validation.update,
                        scores_of(validation));
  }
  return text;
}

std::string describe_parameters(const CheckpointReader& checkpoint) {
  const std::vector<StoredParameter> parameters = checkpoint.parameters();
  const std::vector<std::string> slots = checkpoint.slots();
  std::size_t width = 9;
  std::uint64_t count = 0;
  for (const StoredParameter& parameter : parameters) {
    width = std::max(width, parameter.name.size());
    count += parameter.rows * parameter.columns;
  }
  std::string text = fmt::format("{:<{}}  {:>14}  {:>12}", "parameter", width, "shape", "norm");
  for (const std::string& slot : slots) text += fmt::format("  {:>16}", "norm of " + slot.substr(0, 8));
  text += '\n';
  for (const StoredParameter& parameter : parameters) {
    const std::uint64_t size = parameter.rows * parameter.columns;
    text += fmt::format("{:<{}}  {:>14}  {:>12.6g}", printable(parameter.name), width,
                        fmt::format("{} x {}", parameter.rows, parameter.columns),
                        norm_of(checkpoint, "model/" + parameter.name, size));
    for (const std::string& slot : slots) {
      text += fmt::format("  {:>16.6g}", norm_of(checkpoint, "optimizer/" + slot + "/" + parameter.name, size));
    }
    text += '\n';
  }
  return text + fmt::format("{} parameters in {} arrays\n", count, parameters.size());
}

}  // namespace

std::string describe_checkpoint(const CheckpointReader& checkpoint) {
  const RunRecord& record = checkpoint.record();
  std::string text =
      fmt::format("checkpoint {}\ndigest     {}\n", checkpoint.path().string(), state_digest(checkpoint));
  text += describe_progress(record);
  text += fmt::format("computed   {}, {}, lockstep {}\ncorpus     {}\n\nconfiguration\n",
                      printable(record.compute.gemm), printable(record.compute.instruction_set),
                      printable(record.program_version), printable(record.corpus_digest));
  std::istringstream yaml(record.configuration);
  for (std::string line; std::getline(yaml, line);) text += "  " + printable(line) + '\n';
  return text + '\n' + describe_parameters(checkpoint);
}

std::vector<LineChart> validation_curves(const RunRecord& record) {
  RunHistory history;
  for (const ValidationRecord& validation : record.history) {
    const auto update = static_cast<double>(validation.update);
    add_validation(history, update, validation.cross_entropy);
    if (validation.bleu) {
      history.bleu.x.push_back(update);
      history.bleu.y.push_back(*validation.bleu);
    }
  }
  return training_curves(history);
}

void inspect_checkpoint(const std::filesystem::path& file, bool digest_only, const std::string& color,
                        const std::string& page) {
  const CheckpointReader checkpoint(file);
  if (digest_only) {
    fmt::print("{}\n", state_digest(checkpoint));
    return;
  }
  const std::vector<LineChart> curves = validation_curves(checkpoint.record());
  if (page.empty()) {
    fmt::print("{}", describe_checkpoint(checkpoint));
    print_curves(curves, color);
    return;
  }
  if (curves.empty()) throw DataError(file.string() + ": has no validations to draw; inspect the run folder instead");
  write_curves_page(curves, file.string(), page);
  fmt::print(stderr, "wrote {}\n", page);
}

}  // namespace lockstep

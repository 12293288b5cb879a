#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "framework/inspection/line_chart.h"

namespace lockstep {

/// How a training run went, each over the number of updates.
struct RunHistory {
  Series loss{"training loss", {}, {}};  ///< what is minimised, label smoothing with it; nats a word
  Series cross_entropy{"training cross-entropy", {}, {}};
  Series validation_cross_entropy{"validation cross-entropy", {}, {}};
  Series perplexity{"validation perplexity", {}, {}};
  Series bleu{"validation BLEU", {}, {}};  ///< empty where the run didn't translate
  Series words_per_second{"words per second", {}, {}};
};

/// Reads metrics.jsonl; a last line that is being written is left out. Throws DataError with file and line.
[[nodiscard]] RunHistory read_metrics(const std::filesystem::path& file);

/// Adds a validation that scored `cross_entropy` nats a word.
void add_validation(RunHistory& history, double update, double cross_entropy);

/// The curves that have points: loss, perplexity, BLEU, words per second. Of more than `most` updates the means of
/// equally many in a row are drawn.
[[nodiscard]] std::vector<LineChart> training_curves(const RunHistory& history, std::size_t most = 300);

/// One self-contained web page of the curves, with their numbers as tables. Throws RunError.
void write_curves_page(const std::vector<LineChart>& curves, const std::string& name,
                       const std::filesystem::path& page);

}  // namespace lockstep

#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "framework/inspection/line_chart.h"

namespace lockstep {

/// Whether a path is what inspect_run shows: a folder, or a file of metrics.
[[nodiscard]] bool is_run(const std::filesystem::path& path);

/// Draws the training curves of a run (its folder, or its metrics.jsonl) in the terminal, or writes them as a page
/// where one is named. `color`: auto, always or never. Throws DataError, RunError.
void inspect_run(const std::filesystem::path& run, const std::string& color, const std::string& page);

/// Curves one below the other, as wide as the terminal.
void print_curves(const std::vector<LineChart>& curves, const std::string& color);

}  // namespace lockstep

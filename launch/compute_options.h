#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace lockstep {

/// Adds --gemm and --precision, for a trained model that multiplies otherwise than it was trained. What is given goes
/// to `overrides`, as load_model takes it; without the options it stays empty.
void add_compute_options(CLI::App& command, std::vector<std::string>& overrides);

/// ", compute.precision=bfloat16": what was given, to be added to a text that says how something was made.
[[nodiscard]] std::string compute_note(const std::vector<std::string>& overrides);

}  // namespace lockstep

#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace lockstep {

/// Adds --gemm and --precision, for a trained model that multiplies otherwise than it was trained. What is given goes
/// to `overrides`, as load_model takes it; without the options it stays empty.
void add_compute_options(CLI::App& command, std::vector<std::string>& overrides);

}  // namespace lockstep

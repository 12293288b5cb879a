#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

#include "framework/core/configuration.h"
#include "framework/corpus/vocabulary.h"
#include "framework/model.h"

namespace lockstep {

/// Adds --gemm and --precision, for a trained model that multiplies otherwise than it was trained. What is given goes
/// to `overrides`, as load_model takes it; without the options it stays empty.
void add_compute_options(CLI::App& command, std::vector<std::string>& overrides);

/// The model of a checkpoint, for load_model. Where this program or processor doesn't multiply as its configuration
/// asks, the error names the options that choose otherwise.
[[nodiscard]] std::unique_ptr<Model<float>> make_chosen_model(const Configuration& configuration,
                                                              const Vocabularies& vocabularies);

/// ", compute.precision=bfloat16": what was given, to be added to a text that says how something was made.
[[nodiscard]] std::string compute_note(const std::vector<std::string>& overrides);

}  // namespace lockstep

#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace lockstep {

/// Adds the argument `configuration`: a file, or the name of a ready configuration.
void add_configuration(CLI::App& command, std::string& configuration);

/// The file that is meant: `name` itself where it is one or a path; else, installed with the program wherever that is,
/// share/lockstep/configs/NAME.yaml. Throws ConfigError where there are ready configurations, but none of that name.
[[nodiscard]] std::string find_configuration(const std::string& name);

}  // namespace lockstep

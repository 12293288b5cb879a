#pragma once

#include <CLI/CLI.hpp>

#include "framework/core/errors.h"

namespace lockstep {

// Each subcommand adds itself to the program: its options, its help with an example, and what it runs. An error is
// thrown as lockstep::Error and printed once, in main; `exit_code` is what main returns otherwise.

void add_prepare_command(CLI::App& program, ExitCode& exit_code);
void add_train_command(CLI::App& program, ExitCode& exit_code);
void add_bench_command(CLI::App& program, ExitCode& exit_code);
void add_translate_command(CLI::App& program, ExitCode& exit_code);
void add_evaluate_command(CLI::App& program, ExitCode& exit_code);
void add_align_command(CLI::App& program, ExitCode& exit_code);
void add_inspect_command(CLI::App& program, ExitCode& exit_code);
void add_explain_command(CLI::App& program, ExitCode& exit_code);
/// The manual of all the others; for the build, so that no help names it.
void add_manual_command(CLI::App& program);

}  // namespace lockstep

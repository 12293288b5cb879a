#pragma once

#include <CLI/CLI.hpp>
#include <cstddef>
#include <filesystem>
#include <string>

namespace lockstep {

/// What `lockstep inspect` shows of an alignments file.
struct InspectAlignmentsOptions {
  std::size_t sentence = 0;  ///< number in the file, from 1; 0: none
  std::size_t list = 20;     ///< sentences to list; 0: all
  std::string color = "auto";
  std::string png;
  std::string svg;
  std::string page;
};

void add_alignments_options(CLI::App& command, InspectAlignmentsOptions& options);

/// Throws ConfigError when --sentence, --png or --svg is given, for `file`, which holds no alignments.
void refuse_alignments_options(const std::filesystem::path& file, const InspectAlignmentsOptions& options);

/// Prints a summary and a list, or the heat map of one sentence, or writes what the options name instead. Throws
/// ConfigError, DataError (the file), RunError (what is written).
void inspect_alignments(const std::filesystem::path& file, const InspectAlignmentsOptions& options);

}  // namespace lockstep

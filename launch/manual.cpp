#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "framework/core/errors.h"
#include "framework/storage/whole_file.h"
#include "launch/command_help.h"
#include "launch/commands.h"
#include "launch/completions.h"
#include "launch/man_page.h"
#include "launch/program_version.h"
#include "launch/read_lines.h"
#include "launch/usage_text.h"

namespace lockstep {
namespace {

struct ManualOptions {
  std::string folder;
  std::vector<std::string> usages;
};

void write_pages(const std::filesystem::path& folder, const std::vector<CommandHelp>& programs) {
  const std::string version = fmt::format("lockstep {}", program_version());
  std::vector<std::string> first;
  for (const CommandHelp& program : programs) first.push_back(page_name(program));
  for (const CommandHelp& program : programs) {
    std::vector<std::string> names = first;
    for (const CommandHelp& command : program.subcommands) names.push_back(page_name(command));
    write_file(folder / (page_name(program) + ".1"), man_page(program, version, names));
    for (const CommandHelp& command : program.subcommands) {
      write_file(folder / (page_name(command) + ".1"), man_page(command, version, names));
    }
  }
}

void write_completions(const std::filesystem::path& folder, const CommandHelp& program) {
  write_file(folder / "bash" / program.name, bash_completion(program));
  write_file(folder / "zsh" / ("_" + program.name), zsh_completion(program));
  write_file(folder / "fish" / (program.name + ".fish"), fish_completion(program));
}

void write_manual(const CommandHelp& own, const ManualOptions& options) {
  std::vector<CommandHelp> programs = {own};
  for (const std::string& file : options.usages) {
    std::string usage;
    for (const std::string& line : read_lines(file, InvalidText::kRefuse)) usage += line + "\n";
    programs.push_back(read_usage(usage));
    if (programs.back().name.empty()) throw DataError(file + ": is no usage text; it begins with \"usage: NAME\"");
  }
  const std::filesystem::path folder = options.folder;
  for (const char* part : {"man", "bash", "zsh", "fish"}) {
    std::error_code error;
    std::filesystem::create_directories(folder / part, error);
    if (error) throw RunError((folder / part).string() + ": can't be made: " + error.message());
  }
  write_pages(folder / "man", programs);
  for (const CommandHelp& program : programs) write_completions(folder, program);
}

}  // namespace

void add_manual_command(CLI::App& program) {
  const auto options = std::make_shared<ManualOptions>();
  CLI::App* command = program.add_subcommand(
      "manual", "Writes manual pages and completions for bash, zsh and fish, as they are then installed.");
  command->group("");  // for the build alone: no help names it
  command->add_option("folder", options->folder, "where to")->required();
  command->add_option("usages", options->usages, "usage texts of scripts that belong to it")->type_name("FILE");
  command->callback([options, &program] { write_manual(command_help(program), *options); });
}

}  // namespace lockstep

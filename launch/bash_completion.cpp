#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "launch/completions.h"

namespace lockstep {
namespace {

/// What stands before and behind the tables of commands. @F@ is the function's name.
constexpr const char* kBegin =
    R"script(  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command="" options="" kind="" choices="" at
  COMPREPLY=()
  # --option=value comes as three words.
  if [[ $word == = ]]; then
    word=""
  elif [[ $before == = && $COMP_CWORD -gt 1 ]]; then
    before=${COMP_WORDS[COMP_CWORD - 2]}
  fi
)script";
constexpr const char* kFindCommand = R"script(  for ((at = 1; at < COMP_CWORD; ++at)); do
    if [[ ${COMP_WORDS[at]} != -* ]]; then
      command=${COMP_WORDS[at]}
      break
    fi
  done
)script";
constexpr const char* kEnd = R"script(  if [[ $kind == choices || ($kind == "" && $word == -*) ]]; then
    mapfile -t COMPREPLY < <(compgen -W "${choices:-$options}" -- "$word")
  elif [[ $kind == files || $kind == folders || ($kind == "" && $arguments == files) ]]; then
    local what=-f
    [[ $kind != folders ]] || what=-d
    mapfile -t COMPREPLY < <(compgen $what -- "$word")
    compopt -o filenames 2>/dev/null
  elif [[ $kind == "" && $arguments != "" ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$arguments" -- "$word")
  fi
}
)script";

/// The branch of one command: its options, and what those with a value take.
std::string branch(const CommandHelp& command, const std::string& pattern, const std::string& arguments) {
  std::string text = fmt::format("    {})\n      options={} arguments={}\n", pattern,
                                 quoted(fmt::format("{}", fmt::join(option_names(command), " ")), "'\\''"),
                                 quoted(arguments, "'\\''"));
  std::string cases;
  for (const OptionHelp& option : command.options) {
    if (option.value.empty()) continue;
    std::string taken;
    switch (completion_of(option)) {
      case Completion::kChoices:
        taken =
            fmt::format("kind=choices choices={}", quoted(fmt::format("{}", fmt::join(option.choices, " ")), "'\\''"));
        break;
      case Completion::kFiles:
        taken = "kind=files";
        break;
      case Completion::kFolders:
        taken = "kind=folders";
        break;
      case Completion::kNothing:
        taken = "kind=none";
        break;
    }
    cases += fmt::format("        {}) {} ;;\n", fmt::join(option.names, " | "), taken);
  }
  if (!cases.empty()) text += "      case $before in\n" + cases + "      esac\n";
  return text + "      ;;\n";
}

std::string arguments_of(const CommandHelp& command) {
  return completion_of_arguments(command) == Completion::kFiles ? "files" : "";
}

}  // namespace

std::string bash_completion(const CommandHelp& program) {
  std::string function = "_" + program.name;
  std::replace(function.begin(), function.end(), '-', '_');
  std::string text =
      fmt::format("# Completions of {} for bash, written from its own help.\n{}() {{\n", program.name, function);
  text += kBegin;
  text += "  local arguments=\"\"\n";
  std::vector<std::string> names;
  for (const CommandHelp& command : program.subcommands) {
    names.push_back(command.name.substr(program.name.size() + 1));
  }
  if (!names.empty()) text += kFindCommand;
  text += "  case $command in\n";
  text += branch(program, "\"\"", names.empty() ? arguments_of(program) : fmt::format("{}", fmt::join(names, " ")));
  for (std::size_t k = 0; k < names.size(); ++k) {
    text += branch(program.subcommands[k], names[k], arguments_of(program.subcommands[k]));
  }
  text += "  esac\n";
  text += kEnd;
  // What stands behind a program's own options, as of lockstep-run, is a command line with files.
  const char* others = names.empty() ? "-o default " : "";
  return text + fmt::format("complete {}-F {} {}\n", others, function, program.name);
}

}  // namespace lockstep

#pragma once

#include <string>
#include <string_view>

#include "launch/command_help.h"

namespace lockstep {

/// A program that is a script, by its usage text: "usage: NAME SYNOPSIS", a paragraph of what it does, groups of
/// options (two blanks before each, two or more between it and what it means), and below them what read_footer reads.
[[nodiscard]] CommandHelp read_usage(std::string_view usage);

}  // namespace lockstep

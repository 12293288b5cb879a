#pragma once

#include <string>
#include <vector>

#include "launch/command_help.h"

namespace lockstep {

/// "lockstep-train": the name of a command's manual page.
[[nodiscard]] std::string page_name(const CommandHelp& command);

/// The command's page in section 1 of the manual, in roff. `version` as in "lockstep 0.1.0"; `see_also` names pages of
/// section 1.
[[nodiscard]] std::string man_page(const CommandHelp& command, const std::string& version,
                                   const std::vector<std::string>& see_also);

}  // namespace lockstep

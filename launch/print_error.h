#pragma once

#include <string>

namespace lockstep {

/// Says on standard error what went wrong, as one line whatever the message holds, and flushes it.
void print_error(const std::string& message);

}  // namespace lockstep

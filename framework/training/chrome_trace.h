#pragma once

#include <string>
#include <vector>

#include "framework/core/profile.h"

namespace lockstep {

/// The events of one thread of a rank for a Chrome trace, as JSON objects with commas between them: the rank is the
/// process, and its host stands in the process's name.
[[nodiscard]] std::string trace_events(const Profile& profile, int rank, const std::string& host);

/// A file for Perfetto (ui.perfetto.dev) or chrome://tracing from what trace_events() gave on each rank.
[[nodiscard]] std::string chrome_trace(const std::vector<std::string>& ranks);

}  // namespace lockstep

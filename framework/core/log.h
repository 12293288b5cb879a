#pragma once

#include <fmt/format.h>

#include <filesystem>
#include <string_view>
#include <utility>

namespace lockstep {

enum class LogLevel { kDebug, kInfo, kWarning, kError, kOff };

/// Lines below `level` are left out, on standard error as in the file. kInfo until told otherwise. A rank that should
/// keep quiet sets kOff.
void set_log_level(LogLevel level);

/// From now on lines also go to the end of `file`, with date and time; its folder must exist.
/// Throws RunError (path, cause) when it can't be opened.
void log_to_file(const std::filesystem::path& file);

/// Lines go to standard error only again; the file is flushed and closed.
void stop_logging_to_file();

/// One line to that file alone, where there is one: for what standard output says.
void log_to_file_alone(std::string_view line);

/// One line to standard error, plain for kInfo and else with its level in front ("warning: …"), flushed. Safe to call
/// from several threads.
void log_line(LogLevel level, std::string_view line);

template <typename... Arguments>
void log_debug(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  log_line(LogLevel::kDebug, fmt::format(format, std::forward<Arguments>(arguments)...));
}

template <typename... Arguments>
void log_info(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  log_line(LogLevel::kInfo, fmt::format(format, std::forward<Arguments>(arguments)...));
}

template <typename... Arguments>
void log_warning(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  log_line(LogLevel::kWarning, fmt::format(format, std::forward<Arguments>(arguments)...));
}

}  // namespace lockstep

#include "framework/core/log.h"

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/dist_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <memory>

#include "framework/core/errors.h"

namespace lockstep {
namespace {

using FanOut = spdlog::sinks::dist_sink_mt;  // sinks may come and go while others log

std::shared_ptr<FanOut> make_fan_out() {
  auto terminal = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  terminal->set_pattern("%v");
  auto fan_out = std::make_shared<FanOut>();
  fan_out->add_sink(terminal);
  return fan_out;
}

/// The one logger of the program and the file it may also write to.
struct Logger {
  std::shared_ptr<FanOut> sinks = make_fan_out();
  std::shared_ptr<spdlog::sinks::sink> file;
  spdlog::logger logger{"lockstep", sinks};

  Logger() { logger.flush_on(spdlog::level::trace); }
};

Logger& logger() {
  static Logger instance;
  return instance;
}

spdlog::level::level_enum spdlog_level(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
    case LogLevel::kOff:
      break;
  }
  return spdlog::level::off;
}

std::string_view prefix(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug: ";
    case LogLevel::kWarning:
      return "warning: ";
    case LogLevel::kError:
      return "error: ";
    default:
      return "";
  }
}

}  // namespace

void set_log_level(LogLevel level) {
  logger().logger.set_level(spdlog_level(level));
}

void log_to_file(const std::filesystem::path& file) {
  stop_logging_to_file();
  try {
    auto sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(file.string());
    sink->set_pattern("%Y-%m-%d %H:%M:%S %v");
    logger().sinks->add_sink(sink);
    logger().file = sink;
  } catch (const spdlog::spdlog_ex& error) {
    throw RunError(fmt::format("{}: can't be opened for the log ({}); check the folder and its permissions",
                               file.string(), error.what()));
  }
}

void stop_logging_to_file() {
  if (!logger().file) return;
  logger().file->flush();
  logger().sinks->remove_sink(logger().file);
  logger().file.reset();
}

void log_to_file_alone(std::string_view line) {
  if (!logger().file) return;
  logger().file->log({"lockstep", spdlog::level::info, {line.data(), line.size()}});
  logger().file->flush();
}

void log_line(LogLevel level, std::string_view line) {
  // The line is an argument, never a format: it may hold braces.
  logger().logger.log(spdlog_level(level), "{}{}", prefix(level), line);
}

}  // namespace lockstep

#pragma once

#include <stdexcept>
#include <string>

namespace lockstep {

/// What a program of ours returns to the shell.
enum class ExitCode : int {
  kDone = 0,
  kUsage = 2,    ///< wrong command line or configuration
  kData = 3,     ///< bad data or a bad file
  kRun = 4,      ///< failed while running: a full disk, a lost rank
  kStopped = 75  ///< stopped after a checkpoint, as a signal or the time asked; start again to go on
};

/// An error that a user can act on. The message is one line: what, where (file, line, key, rank), what to do.
class Error : public std::runtime_error {
 public:
  [[nodiscard]] ExitCode exit_code() const { return exit_code_; }

 protected:
  Error(ExitCode exit_code, const std::string& message) : std::runtime_error(message), exit_code_(exit_code) {}

 private:
  ExitCode exit_code_;
};

class ConfigError : public Error {
 public:
  explicit ConfigError(const std::string& message) : Error(ExitCode::kUsage, message) {}
};

class DataError : public Error {
 public:
  explicit DataError(const std::string& message) : Error(ExitCode::kData, message) {}
};

class RunError : public Error {
 public:
  explicit RunError(const std::string& message) : Error(ExitCode::kRun, message) {}
};

}  // namespace lockstep

#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>

#include "framework/checkpoint/run_record.h"
#include "framework/training/update_step.h"

namespace lockstep {

/// metrics.jsonl of a run: one JSON object a line for each update and each validation.
class MetricsFile {
 public:
  /// Goes on after `update`: lines of later updates, which will come again, and a line that was cut short are taken
  /// away, so that the file reads as one run. Throws RunError.
  MetricsFile(std::filesystem::path path, std::uint64_t update);

  void write_update(std::uint64_t update, std::uint64_t epoch, const UpdateReport& report, double learning_rate,
                    double seconds);
  /// `scheduled` is false for a look at the end of a run that is not part of it.
  void write_validation(const ValidationRecord& validation, double seconds, bool best, bool scheduled);

 private:
  void write_line(const std::string& line);

  std::filesystem::path path_;
  std::ofstream file_;
};

}  // namespace lockstep

#pragma once

#include <cstdint>
#include <filesystem>

#include "framework/checkpoint/run_record.h"
#include "framework/storage/file_system.h"
#include "framework/training/update_step.h"

namespace lockstep {

/// metrics.jsonl of a run: one JSON object a line for each update and each validation.
class MetricsFile {
 public:
  /// Goes on after `update`: lines of later updates, which will come again, and a line that was cut short are taken
  /// away, so that the file reads as one run. Throws RunError.
  MetricsFile(std::filesystem::path path, std::uint64_t update, const FileSystem& files = disk());

  void write_update(std::uint64_t update, std::uint64_t epoch, const UpdateReport& report, double learning_rate,
                    double seconds);
  /// `scheduled` is false for a look at the end of a run that is not part of it.
  void write_validation(const ValidationRecord& validation, double seconds, bool best, bool scheduled);

 private:
  void write_line(std::string line);
  void check(int error) const;

  const FileSystem& files_;
  std::filesystem::path path_;
  Descriptor file_;
  std::uint64_t written_ = 0;
};

}  // namespace lockstep

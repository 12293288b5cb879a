#include "framework/training/metrics_file.h"

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <span>
#include <string>

#include "framework/core/errors.h"
#include "framework/storage/whole_file.h"

namespace lockstep {
namespace {

/// Whether a line is part of a run up to `update`; false for a look at an end that is none any more, and for what isn't
/// whole JSON.
bool belongs(const std::string& line, std::uint64_t update) {
  const nlohmann::json object = nlohmann::json::parse(line, nullptr, false);
  if (!object.is_object() || !object.value("scheduled", true)) return false;
  const auto found = object.find("update");
  return found != object.end() && found->is_number_unsigned() && found->get<std::uint64_t>() <= update;
}

}  // namespace

MetricsFile::MetricsFile(std::filesystem::path path, std::uint64_t update, const FileSystem& files)
    : files_(files), path_(std::move(path)) {
  std::ifstream before(path_);
  WholeFile after(path_, files_);
  if (update > 0) {
    for (std::string line; std::getline(before, line);) {
      if (belongs(line, update)) after.append(line + '\n');
    }
  }
  after.commit();
  check(files_.open(path_, file_));
  written_ = file_length(file_);
}

void MetricsFile::write_update(std::uint64_t update, std::uint64_t epoch, const UpdateReport& report,
                               double learning_rate, double seconds) {
  nlohmann::ordered_json line;
  line["kind"] = "update";
  line["update"] = update;
  line["epoch"] = epoch;
  line["loss"] = report.objective;
  line["cross_entropy"] = report.cross_entropy;
  line["gradient_norm"] = report.gradient_norm;
  line["learning_rate"] = learning_rate;
  line["words"] = report.words;
  line["seconds"] = seconds;
  line["words_per_second"] = static_cast<double>(report.words) / seconds;
  if (report.skipped()) {
    line["skipped"] = report.fault;
    line["skipped_for_shards"] = report.fault_shards;
  }
  write_line(line.dump());
}

void MetricsFile::write_validation(const ValidationRecord& validation, double seconds, bool best, bool scheduled) {
  nlohmann::ordered_json line;
  line["kind"] = "validation";
  line["update"] = validation.update;
  line["epoch"] = validation.epoch;
  line["cross_entropy"] = validation.cross_entropy;
  line["perplexity"] = std::exp(validation.cross_entropy);
  if (validation.bleu) line["bleu"] = *validation.bleu;
  line["words"] = validation.words;
  line["seconds"] = seconds;
  line["best"] = best;
  line["scheduled"] = scheduled;
  write_line(line.dump());
}

void MetricsFile::write_line(std::string line) {
  line += '\n';
  check(files_.write(file_, written_, std::as_bytes(std::span<const char>(line))));
  written_ += line.size();
}

void MetricsFile::check(int error) const {
  if (error != 0) throw RunError(write_failure(path_, error));
}

}  // namespace lockstep

#include "framework/training/metrics_file.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <system_error>

#include "framework/core/errors.h"

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

MetricsFile::MetricsFile(std::filesystem::path path, std::uint64_t update) : path_(std::move(path)) {
  std::filesystem::path temporary = path_;
  temporary += ".tmp";
  {
    std::ifstream before(path_);
    std::ofstream after(temporary, std::ios::trunc);
    if (update > 0) {
      for (std::string line; std::getline(before, line);) {
        if (belongs(line, update)) after << line << '\n';
      }
    }
    after.flush();
    if (!after) throw RunError(fmt::format("{}: can't write it; is the disk full?", temporary.string()));
  }
  std::error_code error;
  std::filesystem::rename(temporary, path_, error);
  if (error) throw RunError(fmt::format("{}: can't replace it: {}", path_.string(), error.message()));
  file_.open(path_, std::ios::app);
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

void MetricsFile::write_line(const std::string& line) {
  file_ << line << '\n' << std::flush;
  if (!file_) throw RunError(fmt::format("{}: can't write it; is the disk full?", path_.string()));
}

}  // namespace lockstep

#include "framework/checkpoint/run_record.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <limits>
#include <span>

#include "framework/core/errors.h"

namespace lockstep {
namespace {

/// Places of whole numbers below /progress, one list for writing and reading.
struct ProgressField {
  const char* name;
  std::uint64_t Progress::*member;
  bool since_version_3 = false;
};
constexpr std::array kProgressFields{
    ProgressField{"progress/update", &Progress::update},
    ProgressField{"progress/epoch", &Progress::epoch},
    ProgressField{"progress/batch", &Progress::batch},
    ProgressField{"progress/words", &Progress::words},
    ProgressField{"progress/skipped", &Progress::skipped, true},
    ProgressField{"progress/skipped_in_row", &Progress::skipped_in_row, true},
    ProgressField{"progress/validations", &Progress::validations},
    ProgressField{"progress/validations_without_improvement", &Progress::validations_without_improvement},
    ProgressField{"progress/best_update", &Progress::best_update},
};
constexpr const char* kBestCrossEntropy = "progress/best_cross_entropy";
constexpr const char* kBestBleu = "progress/best_bleu";
constexpr const char* kBleu = "history/bleu";  // NaN where it was not measured

template <typename T>
void write_one(FileWriter& file, const char* name, T value) {
  file.write<T>(name, std::span<const T>(&value, 1));
}

template <typename T>
std::vector<T> column(const std::vector<ValidationRecord>& history, T ValidationRecord::*member) {
  std::vector<T> values;
  for (const ValidationRecord& record : history) values.push_back(record.*member);
  return values;
}

[[noreturn]] void refuse(const FileReader& file, const char* name, const char* what) {
  throw DataError(fmt::format("{}: {} {}; {}", file.path().string(), name, what, kCheckpointFormat.remedy));
}

template <typename T>
T read_one(const FileReader& file, const char* name) {
  if (file.shape(name) != std::vector<std::uint64_t>{1}) refuse(file, name, "is not one number");
  return file.read<T>(name).front();
}

/// A column of `history`, which has as many rows as there were validations.
template <typename T>
std::vector<T> read_values(const FileReader& file, const char* name, const std::vector<ValidationRecord>& history) {
  std::vector<T> values = file.read<T>(name);
  if (values.size() != history.size()) refuse(file, name, "has not one value for each validation");
  return values;
}

template <typename T>
void read_column(const FileReader& file, const char* name, std::vector<ValidationRecord>& history,
                 T ValidationRecord::*member) {
  const std::vector<T> values = read_values<T>(file, name, history);
  for (std::size_t i = 0; i < values.size(); ++i) history[i].*member = values[i];
}

std::vector<double> bleu_column(const std::vector<ValidationRecord>& history) {
  std::vector<double> values;
  for (const ValidationRecord& record : history) {
    values.push_back(record.bleu.value_or(std::numeric_limits<double>::quiet_NaN()));
  }
  return values;
}

void read_bleu_column(const FileReader& file, std::vector<ValidationRecord>& history) {
  const std::vector<double> values = read_values<double>(file, kBleu, history);
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!std::isnan(values[i])) history[i].bleu = values[i];
  }
}

}  // namespace

void write_record(FileWriter& file, const RunRecord& record) {
  for (const ProgressField& field : kProgressFields) write_one(file, field.name, record.progress.*field.member);
  write_one(file, kBestCrossEntropy, record.progress.best_cross_entropy);
  write_one(file, kBestBleu, record.progress.best_bleu);
  file.write<std::uint64_t>("history/update", column(record.history, &ValidationRecord::update));
  file.write<std::uint64_t>("history/epoch", column(record.history, &ValidationRecord::epoch));
  file.write<std::uint64_t>("history/words", column(record.history, &ValidationRecord::words));
  file.write<double>("history/cross_entropy", column(record.history, &ValidationRecord::cross_entropy));
  file.write<double>(kBleu, bleu_column(record.history));
  file.write_text("compute/gemm", record.compute.gemm);
  file.write_text("compute/instruction_set", record.compute.instruction_set);
  file.write_text("compute/program_version", record.program_version);
  file.write_text("config", record.configuration);
  file.write_text("corpus_digest", record.corpus_digest);
}

RunRecord read_record(const FileReader& file) {
  RunRecord record;
  for (const ProgressField& field : kProgressFields) {
    // Older versions lack some.
    if (!field.since_version_3 || file.has(field.name))
      record.progress.*field.member = read_one<std::uint64_t>(file, field.name);
  }
  record.progress.best_cross_entropy = read_one<double>(file, kBestCrossEntropy);
  if (file.has(kBestBleu)) record.progress.best_bleu = read_one<double>(file, kBestBleu);
  record.history.resize(file.read<std::uint64_t>("history/update").size());
  read_column(file, "history/update", record.history, &ValidationRecord::update);
  read_column(file, "history/epoch", record.history, &ValidationRecord::epoch);
  read_column(file, "history/words", record.history, &ValidationRecord::words);
  read_column(file, "history/cross_entropy", record.history, &ValidationRecord::cross_entropy);
  if (file.has(kBleu)) read_bleu_column(file, record.history);
  record.compute.gemm = file.read_text("compute/gemm");
  record.compute.instruction_set = file.read_text("compute/instruction_set");
  record.program_version = file.read_text("compute/program_version");
  record.configuration = file.read_text("config");
  record.corpus_digest = file.read_text("corpus_digest");
  return record;
}

}  // namespace lockstep

#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "framework/storage/file.h"

namespace lockstep {

/// Version 1 knew no BLEU, version 2 no skipped updates.
inline constexpr FileFormat kCheckpointFormat{"checkpoint", 3, "take an older checkpoint", 1};

/// How far a run is. All of it is a function of the configuration and the corpus: nothing here knows time or ranks.
struct Progress {
  std::uint64_t update = 0;  ///< updates done
  std::uint64_t epoch = 0;   ///< of the next batch, from 0
  std::uint64_t batch = 0;   ///< index of the next batch in its epoch
  std::uint64_t words = 0;   ///< target words trained on
  std::uint64_t validations = 0;
  std::uint64_t validations_without_improvement = 0;                    ///< since the best
  std::uint64_t best_update = 0;                                        ///< by the metric of the configuration
  double best_cross_entropy = std::numeric_limits<double>::infinity();  ///< on the validation text, nats a word
  double best_bleu = -std::numeric_limits<double>::infinity();          ///< of its translations, 0 to 100
  std::uint64_t skipped = 0;         ///< updates without a step, as loss or gradient weren't finite
  std::uint64_t skipped_in_row = 0;  ///< of these, up to the last update
  bool operator==(const Progress&) const = default;
};

/// One validation of the run.
struct ValidationRecord {
  std::uint64_t update = 0;
  std::uint64_t epoch = 0;
  std::uint64_t words = 0;
  double cross_entropy = 0;         ///< nats a word
  std::optional<double> bleu = {};  ///< 0 to 100, where it was measured
  bool operator==(const ValidationRecord&) const = default;
};

/// What the bits of a run depend on beside configuration and corpus.
struct ComputeRecord {
  std::string gemm;             ///< engine, version and kernels
  std::string instruction_set;  ///< of the element-wise kernels
  bool operator==(const ComputeRecord&) const = default;
};

/// All of a checkpoint but its arrays and vocabularies.
struct RunRecord {
  Progress progress;
  std::vector<ValidationRecord> history;
  ComputeRecord compute;
  std::string configuration;    ///< YAML
  std::string corpus_digest;    ///< of the corpus file
  std::string program_version;  ///< that wrote it
};

/// Writes and reads /progress, /history, /compute and /config.
void write_record(FileWriter& file, const RunRecord& record);
[[nodiscard]] RunRecord read_record(const FileReader& file);

}  // namespace lockstep

#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "framework/core/configuration.h"
#include "framework/core/profile.h"
#include "framework/corpus/dataset.h"
#include "framework/model.h"
#include "framework/numeric/gemm.h"
#include "framework/parallel/communicator.h"
#include "framework/training/floor.h"

namespace lockstep {

struct BenchmarkOptions {
  std::uint64_t updates = 20;  ///< timed; at least one
  std::uint64_t warmup = 5;    ///< before them
  bool trace = false;          ///< one more update after them, with its events
};

/// What one rank measured. Seconds and operations are means of the timed updates.
struct RankMeasurement {
  std::array<double, kAllWork.size()> seconds = {};  ///< by Work
  double update_seconds = 0;                         ///< with what belongs to no kind of work
  double processor_seconds = 0;                      ///< fewer than update_seconds: others had the processor
  double operations = 0;                             ///< of matrix products
  double gemm_floor = 0;                             ///< seconds of the same products, each shape repeated alone
  double bandwidth = 0;                              ///< bytes a second of an Adam pass, all ranks at once
  double optimizer_bytes = 0;
  double reduction_bytes = 0;
  double peak_memory = 0;  ///< bytes, of training alone

  /// Seconds of everything but communication.
  [[nodiscard]] double busy() const;
  /// Seconds below which this rank's part of an update can't fall.
  [[nodiscard]] double floor() const { return gemm_floor + (optimizer_bytes + reduction_bytes) / bandwidth; }
};

/// One group of products of rank 0.
struct ProductMeasurement {
  ProductGroup group;
  double fastest = 0;  ///< seconds of one product of group.sizes
};

struct BenchmarkReport {
  std::uint64_t updates = 0;
  std::uint64_t words = 0;                   ///< target words of the timed updates
  double seconds = 0;                        ///< of the timed updates, on the slowest rank
  std::vector<double> update_seconds;        ///< of each timed update, on rank 0
  std::vector<RankMeasurement> ranks;        ///< by rank
  std::vector<ProductMeasurement> products;  ///< of this rank in all timed updates, the longest first
  std::string trace;                         ///< a Chrome trace on rank 0, where it was asked for
  std::uint64_t lost_events = 0;             ///< that the trace lacks, of this rank

  [[nodiscard]] double words_per_second() const { return static_cast<double>(words) / seconds; }
  /// Seconds of an update, the mean.
  [[nodiscard]] double mean_update() const { return seconds / static_cast<double>(updates); }
  /// The highest floor of all ranks: each waits for the slowest.
  [[nodiscard]] double floor() const;
};

/// Trains for some updates from the initial parameters of the configuration's seed and measures them; then repeats the
/// products it saw and passes over memory, for the floor. Writes no file. `profile` is the one that `model` was made
/// with, `engine` does the repeated products. Throws as UpdateStep. Collective; report.ranks is the same on all ranks.
[[nodiscard]] BenchmarkReport run_benchmark(const Communicator& ranks, const Configuration& configuration,
                                            const Dataset& dataset, Model<float>& model, const Gemm<float>& engine,
                                            Profile& profile, const BenchmarkOptions& options);

}  // namespace lockstep

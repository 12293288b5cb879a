#pragma once

#include <string>

#include "framework/training/benchmark.h"

namespace lockstep {

/// What was measured with what.
struct BenchmarkSubject {
  std::string model;  ///< "rnnsearch"
  std::size_t parameters = 0;
  std::size_t shards = 0;
  std::size_t shard_sentences = 0;
  std::string gemm;                ///< describe_gemm()
  std::string instruction_set;     ///< describe_simd()
  std::vector<std::string> hosts;  ///< by rank
};

/// Lines for people, the last one with its newline.
[[nodiscard]] std::string benchmark_text(const BenchmarkSubject& subject, const BenchmarkReport& report);

/// All digits as JSON: seconds are of an update, `share` of an update's time.
[[nodiscard]] std::string benchmark_json(const BenchmarkSubject& subject, const BenchmarkReport& report);

}  // namespace lockstep

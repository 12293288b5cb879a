#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "framework/corpus/parallel_corpus.h"
#include "framework/decoding/aligner.h"
#include "framework/inspection/alignments_file.h"
#include "framework/storage/text_output.h"
#include "framework/training/watchdog.h"

namespace lockstep {

enum class LinkMethod { kArgMax, kThreshold, kIntersect };
enum class AlignStep { kEmit, kNext };

/// What lockstep align is asked for.
struct AlignOptions {
  std::string checkpoint;
  std::string source;
  std::string target;
  std::string reverse;  ///< checkpoint of the other direction
  std::string links = std::string(kStandardOutput);
  std::string alignments;  ///< empty: not kept
  LinkMethod method = LinkMethod::kArgMax;
  double threshold = 0.2;
  AlignStep step = AlignStep::kEmit;
  EndOfSentence end = EndOfSentence::kNextBest;
  std::vector<std::string> compute;  ///< overrides of the checkpoints' configurations
  bool subwords = false;
  bool strict = false;
  double watchdog = Watchdog::kDefaultSeconds;
  AlignerSettings settings;
};

/// Links of a pair, read from its matrix by arg max or by threshold.
[[nodiscard]] SentenceLinks links_of(const AlignedPair& pair, const AlignOptions& options);

/// Writes links and matrices of aligned pairs, on rank 0.
class AlignedOutput {
 public:
  /// `options` must outlive it.
  explicit AlignedOutput(const AlignOptions& options);

  /// `reverse`: what the model of the other direction made of the same pairs; empty unless links are intersected.
  void add(const PairLines& lines, const std::vector<AlignedPair>& forward, const std::vector<AlignedPair>& reverse);
  [[nodiscard]] std::uint64_t pairs() const { return pairs_; }
  /// Makes the files appear.
  void commit();

 private:
  void warn_of_cuts(const AlignedPair& pair) const;

  const AlignOptions& options_;
  TextOutput links_;
  std::unique_ptr<AlignmentsWriter> alignments_;
  std::uint64_t pairs_ = 0;
};

}  // namespace lockstep

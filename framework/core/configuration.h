#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace lockstep {

enum class VocabularyKind { kWord, kSentencePiece };
enum class PieceAlgorithm { kUnigram, kBpe };
enum class ModelKind { kRnnSearch, kRnnEncDec };
enum class CellKind { kTanh, kGru, kLstm };
enum class EncoderKind { kForward, kBidirectional };
enum class InitialScheme { kPaper, kGlorot };
enum class OptimizerKind { kAdam, kAdadelta, kSgd };
enum class GemmEngine { kAuto, kOneDnn, kOpenBlas, kPanels };
enum class Precision { kFloat32, kBfloat16 };
enum class ValidationMetric { kCrossEntropy, kBleu };
enum class BleuTokenizer { k13a, kIntl, kChar, kZh, kNone };

struct ParallelFiles {
  std::vector<std::string> source;  ///< one file or several, read one after the other
  std::vector<std::string> target;
};

struct VocabularyConfiguration {
  VocabularyKind kind = VocabularyKind::kSentencePiece;
  PieceAlgorithm algorithm = PieceAlgorithm::kUnigram;
  std::int64_t size = 8000;  ///< entries, those for end-of-sentence and unknown among them
  bool joint = true;         ///< one vocabulary for both sides
};

struct CorpusConfiguration {
  std::vector<std::string> source;
  std::vector<std::string> target;
  ParallelFiles validation;
  VocabularyConfiguration vocabulary;
  std::int64_t max_length = 50;  ///< tokens a side, end-of-sentence not counted
};

struct DropoutConfiguration {
  double embedding = 0;
  double context = 0;
  double output = 0;
};

struct InitialConfiguration {
  InitialScheme scheme = InitialScheme::kPaper;
  double attention = 0.001;  ///< standard deviation of W_a and U_a
  double weights = 0.01;     ///< standard deviation of other non-recurrent weights
};

struct ModelConfiguration {
  ModelKind kind = ModelKind::kRnnSearch;
  CellKind cell = CellKind::kGru;
  EncoderKind encoder = EncoderKind::kBidirectional;
  std::int64_t embedding = 256;  ///< m of the paper
  std::int64_t hidden = 512;     ///< n
  std::int64_t attention = 512;  ///< n'
  std::int64_t maxout = 256;     ///< l
  DropoutConfiguration dropout;
  InitialConfiguration initial;
};

struct OptimizerConfiguration {
  OptimizerKind kind = OptimizerKind::kAdam;
  double learning_rate = 0;  ///< 0: the optimizer's own, 0.001 for Adam, 1 for Adadelta, 0.1 for SGD
  double beta1 = 0.9;
  double beta2 = 0.999;
  double rho = 0.95;
  double epsilon = 0;  ///< 0: the optimizer's own, 1e-8 for Adam, 1e-6 for Adadelta
  double momentum = 0.9;
};

struct ValidationBleuConfiguration {
  std::int64_t every_updates = 0;  ///< 0: never, or with each validation where it is the metric
  std::int64_t beam = 1;           ///< 1: greedy search
  BleuTokenizer tokenize = BleuTokenizer::k13a;
};

struct ValidationConfiguration {
  std::int64_t every_updates = 500;  ///< 0: at the end of each epoch
  std::int64_t patience = 10;        ///< validations without a better metric before training ends; 0: never
  ValidationMetric metric = ValidationMetric::kCrossEntropy;  ///< what patience and the best checkpoint go by
  ValidationBleuConfiguration bleu = {};

  [[nodiscard]] bool measures_bleu() const { return metric == ValidationMetric::kBleu || bleu.every_updates > 0; }
};

struct CheckpointConfiguration {
  std::int64_t every_updates = 500;  ///< 0: by time alone
  double every_minutes = 10;         ///< 0: never by time
  std::int64_t keep = 3;
};

struct TrainingConfiguration {
  std::int64_t shards = 8;            ///< V, a power of two
  std::int64_t shard_sentences = 32;  ///< sentences a shard on average
  std::int64_t pool_batches = 20;     ///< batches that are sorted by length together
  std::int64_t epochs = 20;
  std::int64_t updates = 0;  ///< 0: no limit
  OptimizerConfiguration optimizer;
  double clip_norm = 1.0;  ///< 0: no clipping
  double label_smoothing = 0;
  Precision reduction = Precision::kFloat32;  ///< of sums of gradients
  std::int64_t max_skipped = 10;              ///< updates in a row that a loss or gradient may spoil
  ValidationConfiguration validation;
  CheckpointConfiguration checkpoint;
};

struct ComputeConfiguration {
  GemmEngine gemm = GemmEngine::kAuto;
  Precision precision = Precision::kFloat32;
  std::int64_t ranks_a_node = 0;  ///< ranks of a host that share memory, at most; 0: all, 1: none
};

struct WatchdogConfiguration {
  double seconds = 600;  ///< that a rank may make no progress; 0: for ever
};

/// Everything a run depends on beside the text itself. configs/reference.yaml describes each key.
struct Configuration {
  std::string run;  ///< folder of corpus.h5, checkpoints, metrics.jsonl and log
  std::int64_t seed = 1;
  CorpusConfiguration corpus;
  ModelConfiguration model;
  TrainingConfiguration training;
  ComputeConfiguration compute;
  WatchdogConfiguration watchdog;
};

/// Reads a YAML file, then lays `overrides` ("training.shards=16") over it.
/// Throws ConfigError with file, line and key for an unknown key (naming the nearest known), a wrong type, a value out
/// of range, or a missing `run` or `corpus`.
[[nodiscard]] Configuration load_configuration(const std::filesystem::path& file,
                                               const std::vector<std::string>& overrides);

/// The same from text; `name` stands for the file in messages.
[[nodiscard]] Configuration parse_configuration(const std::string& yaml, const std::string& name,
                                                const std::vector<std::string>& overrides);

/// Every key in a fixed order as YAML; parsing it again gives the same configuration.
[[nodiscard]] std::string to_yaml(const Configuration& configuration);

/// A key in which two configurations differ, and both values as YAML.
struct ConfigurationDifference {
  std::string key;
  std::string left;
  std::string right;
  bool changes_run;  ///< a resumed run may not differ in this key
};

/// Keys in which two configurations differ, in the order of the file.
[[nodiscard]] std::vector<ConfigurationDifference> differences(const Configuration& left, const Configuration& right);

}  // namespace lockstep

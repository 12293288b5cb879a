#pragma once

#include <unistd.h>

#include <exception>
#include <filesystem>
#include <string>
#include <utility>

#include "framework/training/trainer.h"
#include "tests/framework/training/toy_model.h"

namespace lockstep {

/// A temporary folder that all ranks see, gone with the object.
class SharedFolder {
 public:
  explicit SharedFolder(const Communicator& ranks) : ranks_(ranks) {
    std::string name = (std::filesystem::temp_directory_path() / "lockstep-training-XXXXXX").string();
    if (ranks.rank() == 0 && mkdtemp(name.data()) == nullptr) throw RunError("can't make a temporary folder");
    path_ = ranks.broadcast(name);
  }
  ~SharedFolder() {
    // A rank that throws must not wait for others here.
    const bool unwinding = std::uncaught_exceptions() > 0;
    if (!unwinding) ranks_.barrier();
    std::error_code ignored;
    if (unwinding || ranks_.rank() == 0) std::filesystem::remove_all(path_, ignored);
  }
  SharedFolder(const SharedFolder&) = delete;
  SharedFolder& operator=(const SharedFolder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  const Communicator& ranks_;
  std::filesystem::path path_;
};

/// Twelve updates of eight shards; validation every five, checkpoints every four.
inline Configuration toy_configuration(const std::filesystem::path& folder) {
  Configuration configuration;
  configuration.run = folder.string();
  configuration.corpus.source = {"source"};
  configuration.corpus.target = {"target"};
  configuration.training.shards = 8;
  configuration.training.shard_sentences = 3;
  configuration.training.pool_batches = 2;
  configuration.training.epochs = 100;
  configuration.training.updates = 12;
  configuration.training.clip_norm = 0.5;
  configuration.training.validation = {5, 0};
  configuration.training.checkpoint = {4, 0, 2};
  return configuration;
}

inline RunIdentity toy_identity(const Configuration& configuration) {
  return {to_yaml(configuration),
          "digest of the toy corpus",
          "0.0.0",
          {"toy products", "toy instructions"},
          [](FileWriter&) {}};
}

/// A whole training of the toy model.
struct ToyRun {
  ToyDataset training{100, 5};
  ToyDataset validation{30, 6};
  ToyModel model;
  RunIdentity identity;
  Configuration configuration;
  Trainer trainer;

  ToyRun(const Communicator& ranks, const Configuration& configuration_, const StartOptions& options = {},
         ValidationScore score = {}, const FileSystem& files = disk())
      : identity(toy_identity(configuration_)),
        configuration(configuration_),
        trainer(ranks, configuration, training, validation, model, identity, options, std::move(score), files) {}
};

}  // namespace lockstep

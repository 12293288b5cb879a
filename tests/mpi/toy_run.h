#pragma once

#include <unistd.h>

#include <filesystem>
#include <string>

#include "framework/training/trainer.h"
#include "tests/framework/training/toy_model.h"

namespace lockstep {

/// A temporary folder that all ranks see, gone with the object. Collective.
class SharedFolder {
 public:
  explicit SharedFolder(const Communicator& ranks) : ranks_(ranks) {
    std::string name = (std::filesystem::temp_directory_path() / "lockstep-training-XXXXXX").string();
    if (ranks.rank() == 0 && mkdtemp(name.data()) == nullptr) throw RunError("can't make a temporary folder");
    path_ = ranks.broadcast(name);
  }
  ~SharedFolder() {
    ranks_.barrier();
    std::error_code ignored;
    if (ranks_.rank() == 0) std::filesystem::remove_all(path_, ignored);
  }
  SharedFolder(const SharedFolder&) = delete;
  SharedFolder& operator=(const SharedFolder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  const Communicator& ranks_;
  std::filesystem::path path_;
};

inline RunIdentity toy_identity(const Configuration& configuration) {
  return {to_yaml(configuration), "digest of the toy corpus", "0.0.0", {"toy products", "toy instructions"},
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

  ToyRun(const Communicator& ranks, const Configuration& configuration_, const StartOptions& options = {})
      : identity(toy_identity(configuration_)),
        configuration(configuration_),
        trainer(ranks, configuration, training, validation, model, identity, options) {}
};

}  // namespace lockstep

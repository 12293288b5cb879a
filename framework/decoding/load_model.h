#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "framework/core/configuration.h"
#include "framework/corpus/vocabulary.h"
#include "framework/model.h"
#include "framework/parallel/communicator.h"

namespace lockstep {

/// A trained model, whole from one checkpoint.
struct LoadedModel {
  std::filesystem::path checkpoint;
  Configuration configuration;
  Vocabularies vocabularies;
  std::vector<float> parameters;
  std::unique_ptr<Model<float>> model;  ///< bound to the parameters
};

/// Makes the model that a configuration names, for a corpus with these vocabularies: make_text_model of
/// models/registry.h, or a function that knows models of your own.
using ModelMaker =
    std::function<std::unique_ptr<Model<float>>(const Configuration& configuration, const Vocabularies& vocabularies)>;

/// `overrides` are laid over the checkpoint's configuration: "compute.precision=bfloat16". Throws DataError for a file
/// that is no good checkpoint, ConfigError where this program or processor doesn't multiply as is then asked for.
[[nodiscard]] LoadedModel load_model(const std::filesystem::path& checkpoint, const ModelMaker& make,
                                     const std::vector<std::string>& overrides = {});

/// Several, to be used together. Throws DataError, naming both files, unless all have the vocabularies of the first.
[[nodiscard]] std::vector<LoadedModel> load_models(std::span<const std::string> checkpoints, const ModelMaker& make,
                                                   const std::vector<std::string>& overrides = {});

/// Throws SharedError unless all ranks multiply `loaded` by the same engine and kernels, as where hosts differ in their
/// processors: texts would then depend on which rank has a line. Collective.
void require_same_products(const Communicator& ranks, const LoadedModel& loaded);

}  // namespace lockstep

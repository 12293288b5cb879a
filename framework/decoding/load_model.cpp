#include "framework/decoding/load_model.h"

#include <fmt/format.h>

#include "framework/checkpoint/checkpoint_reader.h"
#include "framework/core/errors.h"
#include "framework/numeric/gemm.h"

namespace lockstep {
namespace {

std::unique_ptr<Model<float>> make_model_of(const LoadedModel& loaded, const ModelMaker& make) {
  try {
    return make(loaded.configuration, loaded.vocabularies);
  } catch (const ConfigError& error) {
    // The model may have been trained on another machine.
    throw ConfigError(fmt::format("{}: {}", loaded.checkpoint.string(), error.what()));
  }
}

}  // namespace

LoadedModel load_model(const std::filesystem::path& checkpoint, const ModelMaker& make,
                       const std::vector<std::string>& overrides) {
  const CheckpointReader reader(checkpoint);
  LoadedModel loaded;
  loaded.checkpoint = checkpoint;
  loaded.configuration =
      parse_configuration(reader.record().configuration, checkpoint.string() + ": configuration", overrides);
  loaded.vocabularies = read_vocabularies(reader.file());
  loaded.model = make_model_of(loaded, make);
  const ParameterLayout& layout = loaded.model->layout();
  reader.check_layout(layout, {});
  loaded.parameters.resize(layout.size());
  reader.read_model(layout, loaded.parameters);
  loaded.model->bind(loaded.parameters);
  return loaded;
}

std::vector<LoadedModel> load_models(std::span<const std::string> checkpoints, const ModelMaker& make,
                                     const std::vector<std::string>& overrides) {
  std::vector<LoadedModel> models;
  for (const std::string& checkpoint : checkpoints) {
    models.push_back(load_model(checkpoint, make, overrides));
    const Vocabularies& first = models.front().vocabularies;
    const Vocabularies& last = models.back().vocabularies;
    if (last.source->digest() != first.source->digest() || last.target->digest() != first.target->digest()) {
      throw DataError(
          fmt::format("{}: has another vocabulary than {}; models work together only with the same "
                      "vocabularies: train them on one corpus.h5",
                      checkpoint, checkpoints.front()));
    }
  }
  return models;
}

void require_same_products(const Communicator& ranks, const LoadedModel& loaded) {
  require_same(ranks, "matrix product engine",
               describe_gemm(loaded.configuration.compute.gemm, loaded.configuration.compute.precision));
  require_same(ranks, "instruction set", describe_simd());
}

}  // namespace lockstep

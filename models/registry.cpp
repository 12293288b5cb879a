#include "models/registry.h"

#include "framework/core/errors.h"
#include "framework/numeric/profiled_gemm.h"
#include "models/rnnencdec/rnnencdec.h"
#include "models/rnnsearch/rnnsearch.h"

namespace lockstep {

template <typename Real>
std::unique_ptr<Model<Real>> make_model(const Configuration& configuration, const InputSizes& inputs,
                                        Profile* profile) {
  const ModelOptions options = {configuration.model, inputs, configuration.training.label_smoothing};
  std::unique_ptr<Gemm<Real>> gemm = make_gemm<Real>(configuration.compute.gemm, configuration.compute.precision);
  if (profile != nullptr) gemm = profiled_gemm(std::move(gemm), *profile);
  switch (configuration.model.kind) {
    case ModelKind::kRnnSearch:
      return std::make_unique<RnnSearch<Real>>(options, std::move(gemm));
    case ModelKind::kRnnEncDec:
      return std::make_unique<RnnEncDec<Real>>(options, std::move(gemm));
  }
  throw ConfigError("model.kind: this program knows no such model");
}

std::unique_ptr<Model<float>> make_text_model(const Configuration& configuration, const Vocabularies& vocabularies) {
  return make_model<float>(configuration, {vocabularies.source->size(), vocabularies.target->size()});
}

template std::unique_ptr<Model<float>> make_model(const Configuration&, const InputSizes&, Profile*);
template std::unique_ptr<Model<double>> make_model(const Configuration&, const InputSizes&, Profile*);

}  // namespace lockstep

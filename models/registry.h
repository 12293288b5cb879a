#pragma once

#include <memory>

#include "framework/core/configuration.h"
#include "framework/core/profile.h"
#include "framework/corpus/vocabulary.h"
#include "framework/model.h"
#include "models/model_options.h"

namespace lockstep {

/// The model that a configuration names, for a corpus with these vocabularies. Where there is a `profile`, which must
/// outlive the model, its matrix products are measured.
template <typename Real>
[[nodiscard]] std::unique_ptr<Model<Real>> make_model(const Configuration& configuration, const InputSizes& inputs,
                                                      Profile* profile = nullptr);

/// The same for a corpus with these vocabularies, as load_model asks for it.
[[nodiscard]] std::unique_ptr<Model<float>> make_text_model(const Configuration& configuration,
                                                            const Vocabularies& vocabularies);

}  // namespace lockstep

#pragma once

#include <memory>

#include "framework/core/configuration.h"
#include "framework/model.h"
#include "models/model_options.h"

namespace lockstep {

/// The model that a configuration names, for a corpus with these vocabularies.
template <typename Real>
[[nodiscard]] std::unique_ptr<Model<Real>> make_model(const Configuration& configuration, const InputSizes& inputs);

}  // namespace lockstep

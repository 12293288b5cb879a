#pragma once

#include <functional>

#include "framework/core/configuration.h"
#include "framework/corpus/parallel_corpus.h"
#include "framework/model.h"
#include "framework/parallel/communicator.h"
#include "framework/training/trainer.h"

namespace lockstep {

/// BLEU of the model's translations of the corpus' validation text, as `training.validation.bleu` has it; an empty
/// function where it is never measured. Everything passed must outlive it. Collective; throws SharedError where there
/// is no validation text. `before_batch` is called before each batch of sentences; what it throws leaves the
/// translation on all ranks.
[[nodiscard]] ValidationScore make_validation_bleu(const Communicator& ranks, const Configuration& configuration,
                                                   const ParallelCorpus& corpus, Model<float>& model,
                                                   std::function<void()> before_batch);

}  // namespace lockstep

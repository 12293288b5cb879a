#pragma once

#include <string>

#include "framework/core/configuration.h"
#include "framework/corpus/parallel_corpus.h"

namespace lockstep {

/// Maps the run's corpus.h5. Throws DataError where there is none, and ConfigError when it wasn't prepared with the
/// configuration's corpus settings; both name `file`, from which the configuration came.
[[nodiscard]] ParallelCorpus open_run_corpus(const Configuration& configuration, const std::string& file);

}  // namespace lockstep

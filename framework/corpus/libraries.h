#pragma once

#include <vector>

#include "framework/core/library.h"

namespace lockstep {

/// sentencepiece.
[[nodiscard]] std::vector<Library> corpus_libraries();

}  // namespace lockstep

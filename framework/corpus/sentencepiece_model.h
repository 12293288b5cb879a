#pragma once

#include <string_view>

namespace lockstep {

/// Throws DataError unless the table of characters inside a serialised sentencepiece model (its normalisation) can be
/// looked up without leaving it. The library follows that table unlooked (version 0.1.97), so that a forged one would
/// have it read anywhere; the rest of a model it checks itself.
void check_sentencepiece_model(std::string_view model);

}  // namespace lockstep

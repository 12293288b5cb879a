#pragma once

#include <string_view>

namespace lockstep {

/// Throws DataError unless the sentencepiece library (0.1.97) can take a serialised model without harm: no piece holds
/// a NUL, on which it ends the program, and the table of characters for normalisation, which it follows unlooked, can
/// be looked up without leaving it. The rest it checks itself.
void check_sentencepiece_model(std::string_view model);

}  // namespace lockstep

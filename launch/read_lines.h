#pragma once

#include <string>
#include <vector>

#include "framework/corpus/text_reader.h"
#include "framework/parallel/communicator.h"

namespace lockstep {

/// The lines of a whole text, as sacreBLEU reads them: they end at \n alone, and a byte order mark stays, with a
/// warning. Throws DataError as TextReader does.
[[nodiscard]] std::vector<std::string> read_lines(const std::string& file, InvalidText invalid);

/// Rank 0's lines, which hold no \n, on every rank. Collective.
[[nodiscard]] std::vector<std::string> broadcast_lines(const Communicator& ranks,
                                                       const std::vector<std::string>& lines);

}  // namespace lockstep

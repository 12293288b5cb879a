#pragma once

#include <string>

namespace lockstep {

/// Precision, recall and AER of a file of links against one of gold links, for people or as JSON. Throws DataError with
/// file, line and column.
[[nodiscard]] std::string evaluate_links(const std::string& found_file, const std::string& gold_file, bool json);

}  // namespace lockstep

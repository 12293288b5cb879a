#pragma once

#include <string>
#include <vector>

namespace lockstep {

enum class InvalidUtf8 { kReplace, kRefuse };

/// The lines of a text file, or of standard input where the name is "-"; they end at \n alone. Bytes that are not UTF-8
/// are read as U+FFFD with one warning, or refused. Throws DataError with file and, where there is one, line.
[[nodiscard]] std::vector<std::string> read_lines(const std::string& file, InvalidUtf8 invalid);

}  // namespace lockstep

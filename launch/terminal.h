#pragma once

#include <cstddef>

namespace lockstep {

/// What standard output can show.
struct Terminal {
  std::size_t columns = 80;  ///< of the terminal, else COLUMNS, else 80
  bool color = false;        ///< a terminal, and NO_COLOR isn't set
};

[[nodiscard]] Terminal standard_output_terminal();

}  // namespace lockstep

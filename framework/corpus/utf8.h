#pragma once

#include <optional>
#include <string_view>

namespace lockstep {

/// Where the first byte that is not part of well-formed UTF-8 stands (Unicode's table 3-7: no overlong forms, no
/// surrogates, nothing above U+10FFFF); nothing when all is well.
[[nodiscard]] std::optional<std::size_t> find_invalid_utf8(std::string_view text);

}  // namespace lockstep

#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace lockstep {

/// Least number of inserted, removed, changed or (neighbours) swapped bytes that lead from one text to the other.
[[nodiscard]] std::size_t edit_distance(std::string_view from, std::string_view to);

/// The text in single quotes and on one line, for a message: control bytes escaped, cut after 60 bytes.
[[nodiscard]] std::string in_quotes(std::string_view text);

/// "a", "a or b", "a, b or c".
[[nodiscard]] std::string alternatives(std::span<const std::string_view> names);

}  // namespace lockstep

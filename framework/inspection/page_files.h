#pragma once

#include <functional>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "framework/storage/whole_file.h"

namespace lockstep {

/// A file of framework/inspection/page, as it was when the program was built.
[[nodiscard]] std::string_view page_file(std::string_view name);

/// What to write in a page's place {{name}}.
using PageParts = std::map<std::string, std::function<void(WholeFile&)>, std::less<>>;

/// Writes a page file; {{name}} in it stands for one of `parts`, or else for the page file `name`.
void write_page(std::string_view name, const PageParts& parts, WholeFile& file);

/// The value as JSON that may stand in a <script>: no "<" is left in it. What isn't UTF-8 becomes U+FFFD, what is no
/// number null.
[[nodiscard]] std::string page_json(const nlohmann::ordered_json& value);

/// The text as a JSON string, quotes with it, that may stand in a <script>: no "<" is left in it. What isn't UTF-8
/// becomes U+FFFD.
[[nodiscard]] std::string json_text(std::string_view text);

}  // namespace lockstep

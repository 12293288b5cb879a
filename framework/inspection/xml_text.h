#pragma once

#include <string>
#include <string_view>

namespace lockstep {

/// The text as it stands in XML or HTML, between tags or in an attribute's double quotes: control characters left out,
/// what isn't UTF-8 as U+FFFD.
[[nodiscard]] std::string xml_text(std::string_view text);

}  // namespace lockstep

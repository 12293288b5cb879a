#include "framework/inspection/page_files.h"

#include <nlohmann/json.hpp>

namespace lockstep {

void write_page(std::string_view name, const PageParts& parts, WholeFile& file) {
  std::string_view rest = page_file(name);
  for (std::size_t begin = 0; (begin = rest.find("{{")) != std::string_view::npos;) {
    const std::size_t end = rest.find("}}", begin);
    const std::string_view place = rest.substr(begin + 2, end - begin - 2);
    file.append(rest.substr(0, begin));
    if (const auto part = parts.find(place); part != parts.end()) {
      part->second(file);
    } else {
      file.append(page_file(place));
    }
    rest.remove_prefix(end + 2);
  }
  file.append(rest);
}

std::string json_text(std::string_view text) {
  return page_json(text);
}

std::string page_json(const nlohmann::ordered_json& value) {
  std::string safe;
  for (const char byte : value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)) {
    if (byte == '<') {
      safe += "\\u003c";
    } else {
      safe += byte;
    }
  }
  return safe;
}

}  // namespace lockstep

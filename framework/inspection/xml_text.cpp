#include "framework/inspection/xml_text.h"

#include "framework/core/unicode.h"

namespace lockstep {

std::string xml_text(std::string_view text) {
  std::string result;
  for (const char32_t c : decode_utf8(text)) {
    if (c == U'&') {
      result += "&amp;";
    } else if (c == U'<') {
      result += "&lt;";
    } else if (c == U'>') {
      result += "&gt;";
    } else if (c == U'"') {
      result += "&quot;";
    } else if (c >= 0x20 && c != 0x7F && c != 0xFFFE && c != 0xFFFF) {
      append_utf8(c, result);
    }
  }
  return result;
}

}  // namespace lockstep

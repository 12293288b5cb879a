#include "framework/inspection/terminal_text.h"

#include "framework/core/unicode.h"

namespace lockstep {
namespace {

bool is_control(char32_t character) {
  return character < 0x20 || (character >= 0x7F && character < 0xA0);
}

/// Embeddings, overrides and isolates: left open, one would turn all that follows on the terminal.
bool turns_direction(char32_t character) {
  return (character >= 0x202A && character <= 0x202E) || (character >= 0x2066 && character <= 0x2069);
}

}  // namespace

std::string printable(std::string_view text) {
  std::u32string characters = decode_utf8(text);
  for (char32_t& character : characters) {
    if (character == U'\t' || character == U'\n' || character == U'\r') {
      character = U' ';
    } else if (is_control(character) || turns_direction(character)) {
      character = U'\uFFFD';
    }
  }
  return encode_utf8(characters);
}

std::string in_cells_left(std::string_view text, std::size_t cells) {
  std::string fitted = fit_width(printable(text), cells);
  return fitted.append(cells - display_width(fitted), ' ');
}

std::string in_cells_right(std::string_view text, std::size_t cells) {
  const std::string fitted = fit_width(printable(text), cells);
  return std::string(cells - display_width(fitted), ' ') + fitted;
}

}  // namespace lockstep

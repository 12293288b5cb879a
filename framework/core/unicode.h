#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep {

// Texts are UTF-8; where characters matter one by one they are code points (std::u32string). Properties come from
// utf8proc's tables.

/// Where the first byte that is not part of well-formed UTF-8 stands (Unicode's table 3-7: no overlong forms, no
/// surrogates, nothing above U+10FFFF); nothing when all is well.
[[nodiscard]] std::optional<std::size_t> find_invalid_utf8(std::string_view text);

/// Code points of a text; each longest part that begins a character and doesn't end it, or begins none, is one U+FFFD
/// (Unicode 3.9, "substitution of maximal subparts"; what Python's errors="replace" does).
[[nodiscard]] std::u32string decode_utf8(std::string_view text);

void append_utf8(char32_t character, std::string& text);
[[nodiscard]] std::string encode_utf8(std::u32string_view characters);

/// The first letter of Unicode's general category; kOther also for what is not assigned.
enum class CharacterClass { kLetter, kMark, kNumber, kPunctuation, kSymbol, kSeparator, kOther };
[[nodiscard]] CharacterClass character_class(char32_t character);

/// What Python's str.split() and str.strip() take for white space: U+001C to U+001F and U+0085 too, no zero-width
/// space.
[[nodiscard]] bool is_white_space(char32_t character);

/// Python's str.lower(): İ becomes i and U+0307, Σ at the end of a word ς.
[[nodiscard]] std::u32string to_lower(std::u32string_view text);

/// User-perceived characters, in order, as views into the text (Unicode annex 29); an ill-formed part is one.
[[nodiscard]] std::vector<std::string_view> graphemes(std::string_view text);

/// Cells of a terminal that the text takes: East Asian wide characters and emoji two, combining marks, zero-width and
/// control characters none, an ill-formed part one.
[[nodiscard]] std::size_t display_width(std::string_view text);

/// The text, or as much of its beginning as fits in so many cells with an ellipsis behind it.
[[nodiscard]] std::string fit_width(std::string_view text, std::size_t cells);

}  // namespace lockstep

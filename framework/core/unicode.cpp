#include "framework/core/unicode.h"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <utility>

namespace lockstep {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

struct Sequence {
  std::size_t length;       ///< bytes; 0 for a byte that starts nothing
  unsigned char low, high;  ///< what the second byte may be
};

Sequence sequence_of(unsigned char lead) {
  if (lead < 0x80) return {1, 0, 0};
  if (lead < 0xC2) return {0, 0, 0};
  if (lead < 0xE0) return {2, 0x80, 0xBF};
  if (lead == 0xE0) return {3, 0xA0, 0xBF};
  if (lead == 0xED) return {3, 0x80, 0x9F};
  if (lead < 0xF0) return {3, 0x80, 0xBF};
  if (lead == 0xF0) return {4, 0x90, 0xBF};
  if (lead < 0xF4) return {4, 0x80, 0xBF};
  if (lead == 0xF4) return {4, 0x80, 0x8F};
  return {0, 0, 0};
}

struct Character {
  char32_t value;
  std::size_t length;  ///< bytes, at least 1
  bool well_formed;
};

/// The character that begins at text[at], or U+FFFD with the length of the longest part that could have begun one.
Character next_character(std::string_view text, std::size_t at) {
  const auto byte = [text](std::size_t place) { return static_cast<unsigned char>(text[place]); };
  const unsigned char lead = byte(at);
  const Sequence sequence = sequence_of(lead);
  if (sequence.length == 1) return {lead, 1, true};
  if (sequence.length == 0) return {kReplacement, 1, false};
  char32_t value = lead & (0xFFU >> (sequence.length + 1));
  for (std::size_t i = 1; i < sequence.length; ++i) {
    const unsigned char low = i == 1 ? sequence.low : 0x80;
    const unsigned char high = i == 1 ? sequence.high : 0xBF;
    if (at + i == text.size() || byte(at + i) < low || byte(at + i) > high) return {kReplacement, i, false};
    value = value << 6U | (byte(at + i) & 0x3FU);
  }
  return {value, sequence.length, true};
}

/// Where the first byte from text[at] on stands that is not ASCII; text.size() when there is none. Most text is ASCII
/// for the most part, and eight bytes are looked at in one go.
std::size_t skip_ascii(std::string_view text, std::size_t at) {
  constexpr std::uint64_t kHighBits = 0x8080808080808080U;
  for (std::uint64_t eight = 0; at + sizeof eight <= text.size(); at += sizeof eight) {
    std::memcpy(&eight, text.data() + at, sizeof eight);
    if ((eight & kHighBits) != 0) break;
  }
  while (at < text.size() && static_cast<unsigned char>(text[at]) < 0x80) ++at;
  return at;
}

std::size_t width_of(char32_t character) {
  return static_cast<std::size_t>(std::max(0, utf8proc_charwidth(static_cast<utf8proc_int32_t>(character))));
}

bool is_within(char32_t character, const auto& ranges) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [character](const auto& range) { return range.first <= character && character <= range.second; });
}

/// Unicode's Cased: letters with case, and those marked Other_Lowercase or Other_Uppercase in PropList.txt, which
/// utf8proc doesn't tell.
bool is_cased(char32_t character) {
  static constexpr std::array<std::pair<char32_t, char32_t>, 31> kOthers = {{
      {0xAA, 0xAA},       {0xBA, 0xBA},       {0x2B0, 0x2B8},     {0x2C0, 0x2C1},     {0x2E0, 0x2E4},
      {0x345, 0x345},     {0x37A, 0x37A},     {0x10FC, 0x10FC},   {0x1D2C, 0x1D6A},   {0x1D78, 0x1D78},
      {0x1D9B, 0x1DBF},   {0x2071, 0x2071},   {0x207F, 0x207F},   {0x2090, 0x209C},   {0x2160, 0x217F},
      {0x24B6, 0x24E9},   {0x2C7C, 0x2C7D},   {0xA69C, 0xA69D},   {0xA770, 0xA770},   {0xA7F2, 0xA7F4},
      {0xA7F8, 0xA7F9},   {0xAB5C, 0xAB5F},   {0xAB69, 0xAB69},   {0x10780, 0x10780}, {0x10783, 0x10785},
      {0x10787, 0x107B0}, {0x107B2, 0x107BA}, {0x1E030, 0x1E06D}, {0x1F130, 0x1F149}, {0x1F150, 0x1F169},
      {0x1F170, 0x1F189},
  }};
  switch (utf8proc_category(static_cast<utf8proc_int32_t>(character))) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
      return true;
    default:
      return is_within(character, kOthers);
  }
}

/// Unicode's Case_Ignorable: marks, format characters, modifiers, and what may stand inside a word.
bool is_case_ignorable(char32_t character) {
  static constexpr std::u32string_view kInsideWords =
      U"\x27\x2E\x3A\xB7\u0387\u055F\u05F4\u2018\u2019\u2024\u2027\uFE13\uFE52\uFE55\uFF07\uFF0E\uFF1A";
  switch (utf8proc_category(static_cast<utf8proc_int32_t>(character))) {
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_ME:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_SK:
      return true;
    default:
      return kInsideWords.find(character) != std::u32string_view::npos;
  }
}

/// Whether the Σ at text[at] ends a word: a cased letter stands before it and none behind it, ignorable ones aside.
bool is_final_sigma(std::u32string_view text, std::size_t at) {
  const std::u32string_view before = text.substr(0, at);
  const std::u32string_view behind = text.substr(at + 1);
  const auto last = std::find_if_not(before.rbegin(), before.rend(), is_case_ignorable);
  if (last == before.rend() || !is_cased(*last)) return false;
  const auto first = std::find_if_not(behind.begin(), behind.end(), is_case_ignorable);
  return first == behind.end() || !is_cased(*first);
}

}  // namespace

std::optional<std::size_t> find_invalid_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    at = skip_ascii(text, at);
    if (at == text.size()) break;
    const Character character = next_character(text, at);
    if (!character.well_formed) return at;
    at += character.length;
  }
  return {};
}

std::u32string decode_utf8(std::string_view text) {
  std::u32string characters;
  characters.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const Character character = next_character(text, at);
    characters += character.value;
    at += character.length;
  }
  return characters;
}

void append_utf8(char32_t character, std::string& text) {
  std::array<utf8proc_uint8_t, 4> bytes{};
  const bool valid = utf8proc_codepoint_valid(static_cast<utf8proc_int32_t>(character));
  const utf8proc_ssize_t length =
      utf8proc_encode_char(static_cast<utf8proc_int32_t>(valid ? character : kReplacement), bytes.data());
  text.append(bytes.begin(), bytes.begin() + length);
}

std::string encode_utf8(std::u32string_view characters) {
  std::string text;
  text.reserve(characters.size());
  for (const char32_t character : characters) append_utf8(character, text);
  return text;
}

CharacterClass character_class(char32_t character) {
  switch (*utf8proc_category_string(static_cast<utf8proc_int32_t>(character))) {
    case 'L':
      return CharacterClass::kLetter;
    case 'M':
      return CharacterClass::kMark;
    case 'N':
      return CharacterClass::kNumber;
    case 'P':
      return CharacterClass::kPunctuation;
    case 'S':
      return CharacterClass::kSymbol;
    case 'Z':
      return CharacterClass::kSeparator;
    default:
      return CharacterClass::kOther;
  }
}

bool is_white_space(char32_t character) {
  return (character >= 0x09 && character <= 0x0D) || (character >= 0x1C && character <= 0x20) || character == 0x85 ||
         (character >= 0xA0 && character_class(character) == CharacterClass::kSeparator);
}

std::u32string to_lower(std::u32string_view text) {
  std::u32string lowered;
  lowered.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == 0x130) {  // İ
      lowered += U"i\u0307";
    } else if (text[i] == 0x3A3) {  // Σ
      lowered += is_final_sigma(text, i) ? U'\u03C2' : U'\u03C3';
    } else {
      lowered += static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(text[i])));
    }
  }
  return lowered;
}

std::vector<std::string_view> graphemes(std::string_view text) {
  std::vector<std::string_view> found;
  std::size_t begin = 0;
  utf8proc_int32_t state = 0;
  char32_t last = 0;
  for (std::size_t at = 0; at < text.size();) {
    const Character character = next_character(text, at);
    if (at > 0 && utf8proc_grapheme_break_stateful(static_cast<utf8proc_int32_t>(last),
                                                   static_cast<utf8proc_int32_t>(character.value), &state)) {
      found.push_back(text.substr(begin, at - begin));
      begin = at;
    }
    last = character.value;
    at += character.length;
  }
  if (begin < text.size()) found.push_back(text.substr(begin));
  return found;
}

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  for (const std::string_view grapheme : graphemes(text)) {
    std::size_t cells = 0;
    for (const char32_t character : decode_utf8(grapheme)) cells += width_of(character);
    // Flags and joined emoji are several wide characters in one place.
    width += std::min<std::size_t>(cells, 2);
  }
  return width;
}

std::string fit_width(std::string_view text, std::size_t cells) {
  if (display_width(text) <= cells) return std::string(text);
  if (cells == 0) return {};
  std::string fitting;
  std::size_t width = 0;
  for (const std::string_view grapheme : graphemes(text)) {
    width += display_width(grapheme);
    if (width + 1 > cells) break;
    fitting += grapheme;
  }
  return fitting + "…";
}

}  // namespace lockstep

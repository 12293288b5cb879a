#include "framework/evaluation/tokenizer.h"

#include <algorithm>

#include "framework/core/unicode.h"

namespace lockstep {
namespace {

// The passes below stand for regular expressions whose matches don't overlap: what a match has taken, blanks it adds
// included, is no part of the next one.

bool is_ascii_digit(char32_t c) {
  return c >= U'0' && c <= U'9';
}
bool is_no_ascii_digit(char32_t c) {
  return !is_ascii_digit(c);
}
bool is_stop(char32_t c) {
  return c == U'.' || c == U',';
}
bool is_dash(char32_t c) {
  return c == U'-';
}
bool is_no_number(char32_t c) {
  return character_class(c) != CharacterClass::kNumber;
}
bool is_punctuation(char32_t c) {
  return character_class(c) == CharacterClass::kPunctuation;
}
bool is_symbol(char32_t c) {
  return character_class(c) == CharacterClass::kSymbol;
}

/// ASCII's punctuation but ' , - and .; the blank is in mteval's class too.
bool is_13a_symbol(char32_t c) {
  return (c >= 0x7B && c <= 0x7E) || (c >= 0x5B && c <= 0x60) || (c >= 0x20 && c <= 0x26) || (c >= 0x28 && c <= 0x2B) ||
         (c >= 0x3A && c <= 0x40) || c == 0x2F;
}

/// What sacreBLEU's zh tokenizer takes for a Chinese character. Its table means to hold U+20000 to U+2A6D6 and U+2F800
/// to U+2FA1D, but is written so that Python reads U+2001 to U+2A6D and U+2F81 to U+2FA1; scores depend on it.
bool is_zh_character(char32_t c) {
  static constexpr std::array<std::pair<char32_t, char32_t>, 19> kRanges = {{
      {0x2001, 0x2A6D}, {0x2E80, 0x2EFF}, {0x2F00, 0x2FDF}, {0x2FF0, 0x2FFF}, {0x3000, 0x303F},
      {0x3100, 0x312F}, {0x31A0, 0x31BF}, {0x31C0, 0x31EF}, {0x3200, 0x32FF}, {0x3300, 0x33FF},
      {0x3400, 0x4DB5}, {0x4E00, 0x9FA5}, {0x9FA6, 0x9FBB}, {0xF900, 0xFA2D}, {0xFA30, 0xFA6A},
      {0xFA70, 0xFAD9}, {0xFE10, 0xFE1F}, {0xFE30, 0xFE4F}, {0xFF00, 0xFFEF},
  }};
  return std::any_of(kRanges.begin(), kRanges.end(),
                     [c](const auto& range) { return range.first <= c && c <= range.second; });
}

std::u32string replace_all(std::u32string_view text, std::u32string_view what, std::u32string_view by) {
  std::u32string replaced;
  while (true) {
    const std::size_t place = text.find(what);
    replaced += text.substr(0, place);
    if (place == std::u32string_view::npos) return replaced;
    replaced += by;
    text.remove_prefix(place + what.size());
  }
}

/// Blanks around each character that is to stand alone.
template <typename Predicate>
std::u32string set_apart(std::u32string_view text, Predicate alone) {
  std::u32string apart;
  apart.reserve(text.size() * 2);
  for (const char32_t c : text) {
    if (alone(c)) {
      apart += {U' ', c, U' '};
    } else {
      apart += c;
    }
  }
  return apart;
}

enum class Apart { kFirst, kSecond };

/// Blanks around one of two neighbours that match.
template <typename First, typename Second>
std::u32string set_apart_in_pairs(std::u32string_view text, First first, Second second, Apart which) {
  std::u32string apart;
  apart.reserve(text.size() * 2);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i + 1 == text.size() || !first(text[i]) || !second(text[i + 1])) {
      apart += text[i];
      continue;
    }
    if (which == Apart::kFirst) {
      apart += {U' ', text[i], U' ', text[i + 1]};
    } else {
      apart += {text[i], U' ', text[i + 1], U' '};
    }
    ++i;
  }
  return apart;
}

/// What 13a and zh have in common: symbols, stops and commas outside of numbers, dashes behind numbers.
std::u32string set_western_apart(std::u32string_view line) {
  std::u32string text = set_apart(line, is_13a_symbol);
  text = set_apart_in_pairs(text, is_no_ascii_digit, is_stop, Apart::kSecond);
  text = set_apart_in_pairs(text, is_stop, is_no_ascii_digit, Apart::kFirst);
  return set_apart_in_pairs(text, is_ascii_digit, is_dash, Apart::kSecond);
}

std::u32string apply_13a(std::u32string_view line) {
  std::u32string text = replace_all(line, U"<skipped>", U"");
  text = replace_all(text, U"-\n", U"");
  text = replace_all(text, U"\n", U" ");
  if (text.find(U'&') != std::u32string::npos) {
    text = replace_all(text, U"&quot;", U"\"");
    text = replace_all(text, U"&amp;", U"&");
    text = replace_all(text, U"&lt;", U"<");
    text = replace_all(text, U"&gt;", U">");
  }
  return set_western_apart(U' ' + text + U' ');
}

std::u32string apply_intl(std::u32string_view line) {
  std::u32string text = set_apart_in_pairs(line, is_no_number, is_punctuation, Apart::kSecond);
  text = set_apart_in_pairs(text, is_punctuation, is_no_number, Apart::kFirst);
  return set_apart(text, is_symbol);
}

std::u32string apply_zh(std::u32string_view line) {
  while (!line.empty() && is_white_space(line.front())) line.remove_prefix(1);
  return set_western_apart(set_apart(strip_end(line), is_zh_character));
}

std::u32string apply(Tokenizer tokenizer, std::u32string_view line) {
  switch (tokenizer) {
    case Tokenizer::k13a:
      return apply_13a(line);
    case Tokenizer::kIntl:
      return apply_intl(line);
    case Tokenizer::kChar:
      return set_apart(line, [](char32_t) { return true; });
    case Tokenizer::kZh:
      return apply_zh(line);
    case Tokenizer::kNone:
      break;
  }
  return std::u32string(line);
}

}  // namespace

std::string_view tokenizer_name(Tokenizer tokenizer) {
  return std::find_if(kTokenizers.begin(), kTokenizers.end(),
                      [tokenizer](const auto& entry) { return entry.second == tokenizer; })
      ->first;
}

std::vector<std::u32string_view> split_words(std::u32string_view text) {
  std::vector<std::u32string_view> words;
  for (std::size_t i = 0; i < text.size();) {
    if (is_white_space(text[i])) {
      ++i;
      continue;
    }
    const std::size_t begin = i;
    while (i < text.size() && !is_white_space(text[i])) ++i;
    words.push_back(text.substr(begin, i - begin));
  }
  return words;
}

std::vector<std::u32string> tokenize(Tokenizer tokenizer, std::u32string_view line) {
  const std::u32string text = apply(tokenizer, line);
  const std::vector<std::u32string_view> words = split_words(text);
  return {words.begin(), words.end()};
}

std::u32string_view strip_end(std::u32string_view line) {
  while (!line.empty() && is_white_space(line.back())) line.remove_suffix(1);
  return line;
}

}  // namespace lockstep

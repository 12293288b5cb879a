#include "framework/core/unicode.h"

#include <string>
#include <vector>

#include "tests/support/catch.h"

namespace lockstep {

using namespace std::string_literals;

TEST_CASE("UTF-8 is judged as the Unicode standard does", "[core][unicode]") {
  for (const char* good : {"", "aé", "\u0800\uD7FF\uE000\uFFFF", "\U00010000\U0010FFFF", "\x7F"}) {
    CHECK_FALSE(find_invalid_utf8(good).has_value());
  }
  // Overlong forms, surrogates, above U+10FFFF, lone and missing continuation bytes.
  for (const char* bad :
       {"\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xF0\x8F\xBF\xBF", "\xED\xA0\x80", "\xF4\x90\x80\x80",
        "\xF5\x80\x80\x80", "\x80", "\xC3", "\xE2\x82", "\xF0\x9F\x98", "\xE2\x28\xA1", "\xF0\x9F\x28\x80"}) {
    INFO(bad);
    CHECK(find_invalid_utf8(std::string("ab") + bad) == 2U);
  }
}

TEST_CASE("The first bad byte is found wherever it stands among ASCII and longer characters", "[core][unicode]") {
  for (std::size_t before = 0; before < 40; ++before) {
    for (std::size_t behind = 0; behind < 20; ++behind) {
      const std::string text = std::string(before, 'a') + "é" + std::string(behind, 'b');
      CHECK_FALSE(find_invalid_utf8(text).has_value());
      CHECK(find_invalid_utf8(text + "\xE9" + std::string(before, 'c')) == text.size());
      CHECK(find_invalid_utf8(text + "\xE9" + text + "\xFF") == text.size());
    }
  }
}

TEST_CASE("Each longest part that could begin a character becomes one replacement character", "[core][unicode]") {
  CHECK(decode_utf8("aé€😀") == U"aé€😀");
  // Unicode 3.9, table 3-8.
  CHECK(decode_utf8("\x61\xF1\x80\x80\xE1\x80\xC2\x62\x80\x63\x80\xBF\x64") ==
        U"a\uFFFD\uFFFD\uFFFDb\uFFFDc\uFFFD\uFFFDd");
  CHECK(decode_utf8("\xC0\xAF\xE0\x80\xBF") == U"\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD");  // overlong: no byte begins one
  CHECK(decode_utf8("\xED\xA0\x80") == U"\uFFFD\uFFFD\uFFFD");                      // a surrogate
  CHECK(decode_utf8("x\xE2\x82") == U"x\uFFFD");
  CHECK(decode_utf8(std::string("a\0b", 3)).size() == 3);
}

TEST_CASE("What is decoded encodes to the same bytes; what is no character becomes U+FFFD", "[core][unicode]") {
  const std::string text = "\x01 aé€\u2028😀\U0010FFFF";
  CHECK(encode_utf8(decode_utf8(text)) == text);
  std::string appended = "a";
  append_utf8(U'ß', appended);
  append_utf8(0xD800, appended);
  append_utf8(0x110000, appended);
  CHECK(appended == "aß\uFFFD\uFFFD");
}

TEST_CASE("Characters fall in the classes of Unicode's general category", "[core][unicode]") {
  for (const char32_t c : U"0٣²½Ⅳ㉈"s) CHECK(character_class(c) == CharacterClass::kNumber);
  for (const char32_t c : U"!\"#%&'*,-./:;?@[]_{}¿«»–“”、。"s)
    CHECK(character_class(c) == CharacterClass::kPunctuation);
  for (const char32_t c : U"$+<=>^`|~€©°´😀"s) CHECK(character_class(c) == CharacterClass::kSymbol);
  for (const char32_t c : U"aÉßʰの"s) CHECK(character_class(c) == CharacterClass::kLetter);
  CHECK(character_class(0x301) == CharacterClass::kMark);
  CHECK(character_class(0xA0) == CharacterClass::kSeparator);
  CHECK(character_class(0x200B) == CharacterClass::kOther);
}

TEST_CASE("White space is what Python's str.split() splits at", "[core][unicode]") {
  std::u32string found;
  for (char32_t c = 0; c < 0x110000; ++c) {
    if (is_white_space(c)) found += c;
  }
  CHECK(found ==
        U"\t\n\v\f\r\x1C\x1D\x1E\x1F \u0085\u00A0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008"
        U"\u2009\u200A\u2028\u2029\u202F\u205F\u3000");
}

TEST_CASE("Lower case is that of Python's str.lower()", "[core][unicode]") {
  CHECK(to_lower(U"Le Chat ÉTÉ ẞ ǅ Ⅳ Ⓐ 𐐀") == U"le chat été ß ǆ ⅳ ⓐ 𐐨");
  CHECK(to_lower(U"İstanbul") == U"i̇stanbul");
  CHECK(to_lower(U"ΟΔΟΣ ΣΟΦΟΣ Σ") == U"οδος σοφος σ");
  CHECK(to_lower(U"ΑΣ.") == U"ας.");
  CHECK(to_lower(U"ΑΣ'Α Σ.Α Α\u0301Σ\u0301 ⅣΣ ºΣ") == U"ασ'α σ.α α\u0301ς\u0301 ⅳς ºς");
}

TEST_CASE("Graphemes are what a reader takes for one character", "[core][unicode]") {
  using Views = std::vector<std::string_view>;
  CHECK(graphemes("").empty());
  CHECK(graphemes("ae\u0301é") == Views{"a", "e\u0301", "é"});
  CHECK(graphemes("🇫🇷🇩🇪") == Views{"🇫🇷", "🇩🇪"});
  CHECK(graphemes("👩‍👩‍👧x") == Views{"👩‍👩‍👧", "x"});
  CHECK(graphemes("한국") == Views{"한", "국"});
  CHECK(graphemes("a\xFF\xE2\x82z") == Views{"a", "\xFF", "\xE2\x82", "z"});
}

TEST_CASE("Width is counted in terminal cells", "[core][unicode]") {
  CHECK(display_width("") == 0);
  CHECK(display_width("chat") == 4);
  CHECK(display_width("été") == 3);
  CHECK(display_width("e\u0301te\u0301") == 3);
  CHECK(display_width("日本語") == 6);
  CHECK(display_width("ｗ") == 2);
  CHECK(display_width("a\u200Bb\u200D") == 2);
  CHECK(display_width("😀") == 2);
  CHECK(display_width("👩‍👩‍👧🇫🇷") == 4);
  CHECK(display_width("\xFF") == 1);
}

TEST_CASE("A text too wide ends in an ellipsis, never inside a character", "[core][unicode]") {
  CHECK(fit_width("chat", 4) == "chat");
  CHECK(fit_width("chats", 4) == "cha…");
  CHECK(fit_width("日本語", 5) == "日本…");
  CHECK(fit_width("日本語", 4) == "日…");
  CHECK(fit_width("e\u0301te\u0301s", 3) == "e\u0301t…");
  CHECK(fit_width("chat", 1) == "…");
  CHECK(fit_width("chat", 0).empty());
}

}  // namespace lockstep

#include "framework/evaluation/tokenizer.h"

#include <string>

#include "framework/core/unicode.h"
#include "tests/support/catch.h"

namespace lockstep {
namespace {

/// Words with single blanks between them.
std::string words_of(Tokenizer tokenizer, std::string_view line) {
  std::u32string text;
  for (const std::u32string& word : tokenize(tokenizer, decode_utf8(line))) text += (text.empty() ? U"" : U" ") + word;
  return encode_utf8(text);
}

std::string with_13a(std::string_view line) {
  return words_of(Tokenizer::k13a, line);
}
std::string with_intl(std::string_view line) {
  return words_of(Tokenizer::kIntl, line);
}
std::string with_zh(std::string_view line) {
  return words_of(Tokenizer::kZh, line);
}

}  // namespace

TEST_CASE("13a keeps numbers whole and sets other stops, commas and symbols apart", "[evaluation]") {
  // sacreBLEU's own.
  CHECK(with_13a("It's 3.14 or 1,000.5.") == "It's 3.14 or 1,000.5 .");
  CHECK(with_13a("U.S.A.") == "U . S . A .");
  CHECK(with_13a("5-3 well-known") == "5 - 3 well-known");
  CHECK(with_13a("10%-20%") == "10 % -20 %");
  // By the rules.
  CHECK(with_13a("").empty());
  CHECK(with_13a("a,,b") == "a , , b");
  CHECK(with_13a("...") == ". . .");
  CHECK(with_13a(".5 5. 1.a a.1") == ". 5 5 . 1 . a a . 1");
  CHECK(with_13a("1--2") == "1 - -2");
  CHECK(with_13a("(a)[b]{c}~^_`|\\/:;<=>?@!\"#$%&*+") ==
        "( a ) [ b ] { c } ~ ^ _ ` | \\ / : ; < = > ? @ ! \" # $ % & * +");
  CHECK(with_13a("l'été «ici» – 3 €…") == "l'été «ici» – 3 €…");
}

TEST_CASE("13a undoes four entities, in order, and no other", "[evaluation]") {
  CHECK(with_13a("&quot;a&quot; &lt;b&gt; c &amp; d") == "\" a \" < b > c & d");
  CHECK(with_13a("&amp;quot; &amp;lt;") == "& quot ; <");
  CHECK(with_13a("&apos;s") == "& apos ; s");
  CHECK(with_13a("a<skipped>b c-\nd e\nf") == "ab cd e f");
}

TEST_CASE("Words end at any Unicode white space, control characters among it", "[evaluation]") {
  CHECK(with_13a("a\u00A0b\u2028c\u0085d\x1F"
                 "e\rf\u3000g") == "a b c d e f g");
  CHECK(with_13a("a\u200Bb") == "a\u200Bb");
  CHECK(words_of(Tokenizer::kNone, " a.\tb\u2003c ") == "a. b c");
  CHECK(strip_end(U"a b \t\r\u2028\u00A0") == U"a b");
  CHECK(strip_end(U" \n").empty());
}

TEST_CASE("intl sets punctuation apart unless numbers stand on both sides, and symbols always", "[evaluation]") {
  CHECK(with_intl("a.b 1.5 1,a") == "a . b 1.5 1 , a");
  CHECK(with_intl("«ici», l’été – 3 €.") == "« ici » , l ’ été – 3 € .");
  // A number at the end of the line keeps its stop: nothing stands behind it.
  CHECK(with_intl("in 1998.") == "in 1998.");
  CHECK(with_intl("10%-20% ½.") == "10 % - 20 % ½.");
  CHECK(with_intl("$5+5=10") == "$ 5 + 5 = 10");
  CHECK(with_intl("\"\"\"") == "\" \" \"");
  CHECK(with_intl("٣,٥") == "٣,٥");
}

TEST_CASE("char takes each character for a word; zh each Chinese one", "[evaluation]") {
  CHECK(words_of(Tokenizer::kChar, "ab é.") == "a b é .");
  CHECK(with_zh(" 我爱机器翻译，2.5 MT-3! ") == "我 爱 机 器 翻 译 ， 2.5 MT-3 !");
  CHECK(with_zh("“a”—b…") == "“ a ” — b …");       // U+2001 to U+2A6D, as sacreBLEU's table is read
  CHECK(with_zh("\U00020000b") == "\U00020000b");  // which leaves the plane out that it means
  CHECK(with_zh("1998.") == "1998.");              // no blank is put at the line's ends
  CHECK(with_zh("&amp;") == "& amp ;");
}

}  // namespace lockstep

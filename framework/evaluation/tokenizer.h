#pragma once

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lockstep {

/// How BLEU cuts a line into words; each is sacreBLEU's tokenizer of that name.
enum class Tokenizer {
  k13a,   ///< mteval-v13a's: punctuation of ASCII, numbers kept whole
  kIntl,  ///< mteval-v14's: punctuation and symbols of all Unicode
  kChar,  ///< each character a word
  kZh,    ///< each Chinese character a word, the rest as 13a
  kNone   ///< words of a text that is tokenised already
};

inline constexpr std::array<std::pair<std::string_view, Tokenizer>, 5> kTokenizers = {{{"13a", Tokenizer::k13a},
                                                                                       {"intl", Tokenizer::kIntl},
                                                                                       {"char", Tokenizer::kChar},
                                                                                       {"zh", Tokenizer::kZh},
                                                                                       {"none", Tokenizer::kNone}}};

[[nodiscard]] std::string_view tokenizer_name(Tokenizer tokenizer);

/// Words between white space, as Python's str.split() has them; views into `text`.
[[nodiscard]] std::vector<std::u32string_view> split_words(std::u32string_view text);

/// The words of a line. White space at its end should be gone (strip_end), since 13a knows the end of the line.
[[nodiscard]] std::vector<std::u32string> tokenize(Tokenizer tokenizer, std::u32string_view line);

/// The line without white space at its end.
[[nodiscard]] std::u32string_view strip_end(std::u32string_view line);

}  // namespace lockstep

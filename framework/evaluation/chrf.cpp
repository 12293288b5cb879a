#include "framework/evaluation/chrf.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "framework/core/unicode.h"
#include "framework/evaluation/ngrams.h"
#include "framework/evaluation/tokenizer.h"

namespace lockstep {
namespace {

/// Python's string.punctuation.
bool is_ascii_punctuation(char32_t c) {
  return (c >= 0x21 && c <= 0x2F) || (c >= 0x3A && c <= 0x40) || (c >= 0x5B && c <= 0x60) || (c >= 0x7B && c <= 0x7E);
}

/// Words, with one punctuation mark cut from their end or, where none stands there, from their beginning.
std::vector<std::u32string_view> chrf_words(std::u32string_view text) {
  std::vector<std::u32string_view> words;
  for (const std::u32string_view word : split_words(text)) {
    const std::size_t last = word.size() - 1;
    std::size_t cut = 0;
    if (last > 0 && is_ascii_punctuation(word.back())) {
      cut = last;
    } else if (last > 0 && is_ascii_punctuation(word.front())) {
      cut = 1;
    }
    if (cut > 0) words.push_back(word.substr(0, cut));
    words.push_back(word.substr(cut));
  }
  return words;
}

/// The n-grams of every order of a line, characters first.
std::vector<NgramCounts> ngrams_of(std::string_view line, const ChrfSettings& settings, WordNumbers& numbers) {
  std::u32string text = decode_utf8(line);
  if (settings.lowercase) text = to_lower(text);
  std::u32string characters;
  for (const std::u32string_view word : split_words(text)) characters += word;
  std::vector<NgramCounts> ngrams;
  for (std::size_t n = 1; n <= Chrf::kCharacterOrders; ++n) ngrams.emplace_back(characters, n);
  if (settings.word_order > 0) {
    const std::u32string words = numbers.number(chrf_words(text));
    for (std::size_t n = 1; n <= settings.word_order; ++n) ngrams.emplace_back(words, n);
  }
  return ngrams;
}

}  // namespace

std::string Chrf::name() const {
  return "chrF2" + std::string(settings_.word_order, '+');
}

std::string Chrf::settings() const {
  return fmt::format("case:{}|eff:yes|nc:{}|nw:{}|space:no", settings_.lowercase ? "lc" : "mixed", kCharacterOrders,
                     settings_.word_order);
}

void Chrf::count(std::string_view hypothesis, std::span<const std::string_view> references,
                 std::span<std::int64_t> statistics) const {
  WordNumbers numbers;
  const std::vector<NgramCounts> ngrams = ngrams_of(hypothesis, settings_, numbers);
  std::vector<std::int64_t> counted(width());
  double best = -1;
  for (const std::string_view reference : references) {
    const std::vector<NgramCounts> others = ngrams_of(reference, settings_, numbers);
    for (std::size_t n = 0; n < orders(); ++n) {
      const std::int64_t other_total = others[n].total();
      counted[3 * n] = other_total == 0 ? 0 : ngrams[n].total();
      counted[3 * n + 1] = other_total;
      counted[3 * n + 2] = ngrams[n].matches(others[n]);
    }
    const double found = f_score(counted);
    if (found <= best) continue;
    best = found;
    std::copy(counted.begin(), counted.end(), statistics.begin());
  }
}

double Chrf::f_score(std::span<const std::int64_t> sums) const {
  constexpr double kFactor = 4;  // the square of beta, 2
  double precision = 0;
  double recall = 0;
  double effective_orders = 0;
  for (std::size_t n = 0; n < orders(); ++n) {
    const auto ngrams = static_cast<double>(sums[3 * n]);
    const auto other_ngrams = static_cast<double>(sums[3 * n + 1]);
    const auto matches = static_cast<double>(sums[3 * n + 2]);
    if (ngrams == 0 || other_ngrams == 0) continue;
    precision += matches / ngrams;
    recall += matches / other_ngrams;
    ++effective_orders;
  }
  if (precision + recall == 0) return 0;
  precision /= effective_orders;
  recall /= effective_orders;
  return 100 * ((1 + kFactor) * precision * recall / (kFactor * precision + recall));
}

Score Chrf::score(std::span<const std::int64_t> sums) const {
  return {f_score(sums), ""};
}

}  // namespace lockstep

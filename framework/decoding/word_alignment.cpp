#include "framework/decoding/word_alignment.h"

#include <algorithm>
#include <iterator>
#include <numeric>

#include "framework/corpus/word_vocabulary.h"

namespace lockstep {
namespace {

constexpr std::string_view kWordBegins = "\u2581";

bool stands_before(const Link& left, const Link& right) {
  return left.source != right.source ? left.source < right.source : left.target < right.target;
}

/// Where words begin among pieces: at the first, and at each that begins with ▁.
std::vector<std::size_t> word_begins(std::span<const std::string> pieces) {
  std::vector<std::size_t> begins;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    if (i == 0 || pieces[i].starts_with(kWordBegins)) begins.push_back(i);
  }
  return begins;
}

/// Normalisation leaves the words of plain ASCII alone.
bool is_ascii(const std::vector<std::string>& words) {
  return std::all_of(words.begin(), words.end(), [](const std::string& word) {
    return std::all_of(word.begin(), word.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  });
}

/// [words + 1]: which of `beginnings` each word's first is, the number of all at the end.
std::vector<std::size_t> deal_beginnings(const Vocabulary& vocabulary, const std::vector<std::string>& words,
                                         std::size_t beginnings) {
  std::vector<std::size_t> one_each(words.size() + 1);
  std::iota(one_each.begin(), one_each.end(), std::size_t{0});
  if (beginnings == words.size() && is_ascii(words)) return one_each;
  std::vector<std::size_t> first(words.size() + 1);
  for (std::size_t k = 0; k < words.size(); ++k) {
    first[k + 1] = first[k] + word_begins(vocabulary.surfaces(words[k])).size();
  }
  if (first.back() == beginnings) return first;
  if (beginnings == words.size()) return one_each;
  for (std::size_t k = 0; k < first.size(); ++k) first[k] = k * beginnings / words.size();
  return first;
}

/// A row of the source side: sums over the tokens of each word, the end of the sentence last.
void add_row(std::span<const float> tokens, const LineWords& source, double factor, std::span<double> row) {
  for (std::size_t j = 0; j < source.words.size(); ++j) {
    for (std::size_t t = source.begin[j]; t < source.begin[j + 1]; ++t)
      row[j] += factor * static_cast<double>(tokens[t]);
  }
  row.back() += factor * static_cast<double>(tokens.back());
}

Link link(std::size_t source, std::size_t target) {
  return {static_cast<std::uint32_t>(source), static_cast<std::uint32_t>(target)};
}

}  // namespace

void LineWords::keep_tokens(std::size_t tokens) {
  while (!words.empty() && begin[words.size() - 1] >= tokens) {
    words.pop_back();
    begin.pop_back();
  }
  begin.back() = std::min(begin.back(), tokens);
}

LineWords words_of(const Vocabulary& vocabulary, std::string_view line, std::span<const std::string> surfaces) {
  LineWords result;
  for_each_word(line, [&](std::string_view word) { result.words.emplace_back(word); });
  if (vocabulary.kind() == VocabularyKind::kWord) {
    for (std::size_t k = 0; k <= result.words.size(); ++k) result.begin.push_back(k);
    return result;
  }
  // What only sentencepiece takes for text is one word.
  if (result.words.empty() && !surfaces.empty()) result.words.emplace_back(line);
  std::vector<std::size_t> begins = word_begins(surfaces);
  const std::size_t beginnings = begins.size();
  begins.push_back(surfaces.size());
  for (const std::size_t first : deal_beginnings(vocabulary, result.words, beginnings)) {
    result.begin.push_back(begins[first]);
  }
  return result;
}

Alignment one_step_later(const Alignment& alignment) {
  Alignment later = alignment;
  if (alignment.rows < 2) return later;
  std::copy(alignment.weights.begin() + static_cast<std::ptrdiff_t>(alignment.columns), alignment.weights.end(),
            later.weights.begin());
  return later;
}

Alignment merge_words(const Alignment& tokens, const LineWords& source, const LineWords& target) {
  Alignment words{target.words.size() + 1, source.words.size() + 1, {}};
  words.weights.reserve(words.rows * words.columns);
  for (std::size_t i = 0; i < words.rows; ++i) {
    const bool end = i == target.words.size();
    const std::size_t first = end ? tokens.rows - 1 : target.begin[i];
    const std::size_t last = end ? tokens.rows : target.begin[i + 1];
    std::vector<double> row(words.columns);
    for (std::size_t t = first; t < last; ++t) {
      add_row(tokens.row(t), source, 1 / static_cast<double>(last - first), row);
    }
    std::transform(row.begin(), row.end(), std::back_inserter(words.weights),
                   [](double weight) { return static_cast<float>(weight); });
  }
  return words;
}

SentenceLinks links_by_arg_max(const Alignment& words, EndOfSentence end) {
  SentenceLinks links;
  if (words.columns < 2) return links;
  for (std::size_t i = 0; i + 1 < words.rows; ++i) {
    const auto row = words.row(i);
    const auto best = std::max_element(row.begin(), row.end() - 1);
    const bool end_is_greater = row.back() > *best;
    if (*best <= 0 || (end_is_greater && end == EndOfSentence::kNoLink)) continue;
    links.push_back(link(static_cast<std::size_t>(best - row.begin()), i));
  }
  std::sort(links.begin(), links.end(), stands_before);
  return links;
}

SentenceLinks links_by_threshold(const Alignment& words, double threshold) {
  SentenceLinks links;
  for (std::size_t j = 0; j + 1 < words.columns; ++j) {
    for (std::size_t i = 0; i + 1 < words.rows; ++i) {
      if (static_cast<double>(words.row(i)[j]) >= threshold) links.push_back(link(j, i));
    }
  }
  return links;
}

SentenceLinks intersect(const SentenceLinks& forward, const SentenceLinks& reverse) {
  SentenceLinks turned;
  for (const Link& found : reverse) turned.push_back({found.target, found.source, found.sure});
  std::sort(turned.begin(), turned.end(), stands_before);
  SentenceLinks both;
  std::set_intersection(forward.begin(), forward.end(), turned.begin(), turned.end(), std::back_inserter(both),
                        stands_before);
  return both;
}

}  // namespace lockstep

#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "framework/corpus/vocabulary.h"

namespace lockstep {

/// Lets unordered_map<string, …> be asked with a string_view.
struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};

template <typename Value>
using TextMap = std::unordered_map<std::string, Value, TextHash, std::equal_to<>>;

/// Adds to a word's count.
inline void add_count(TextMap<std::uint64_t>& counts, std::string_view word, std::uint64_t count) {
  // Asked first, as most words are there already: emplace would copy each.
  const auto found = counts.find(word);
  if (found != counts.end()) {
    found->second += count;
  } else {
    counts.emplace(word, count);
  }
}

/// Calls `use` with each word of a line: what stands between ASCII blanks (space, \t, \r, \v, \f).
template <typename Use>
void for_each_word(std::string_view line, const Use& use) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f'; };
  for (std::size_t end = 0; end < line.size();) {
    std::size_t begin = end;
    while (begin < line.size() && is_blank(line[begin])) ++begin;
    for (end = begin; end < line.size() && !is_blank(line[end]);) ++end;
    if (end > begin) use(line.substr(begin, end - begin));
  }
}

/// How often words occur, which lie in a text elsewhere.
using WordCounts = std::unordered_map<std::string_view, std::uint64_t>;

/// Counts the words of a text, in memory that grows with the number of different ones.
class WordCounter {
 public:
  void add(const WordCounts& counts);
  /// The `size` - 2 most frequent words, ties in byte order, behind the two entries that every vocabulary has.
  [[nodiscard]] std::vector<std::string> most_frequent(std::size_t size) const;

 private:
  TextMap<std::uint64_t> counts_;
};

/// Words between blanks; what isn't listed is unknown.
class WordVocabulary final : public Vocabulary {
 public:
  /// `pieces`: the text of each id, the two that every vocabulary has in front.
  explicit WordVocabulary(std::vector<std::string> pieces);

  [[nodiscard]] VocabularyKind kind() const override { return VocabularyKind::kWord; }
  [[nodiscard]] std::vector<Token> encode(std::string_view line) const override;
  [[nodiscard]] std::vector<std::string> surfaces(std::string_view line) const override;
  [[nodiscard]] std::string decode(std::span<const Token> tokens) const override;

 private:
  TextMap<Token> ids_;
};

}  // namespace lockstep

#include "framework/corpus/word_vocabulary.h"

#include <algorithm>
#include <utility>

namespace lockstep {
namespace {

constexpr std::string_view kEndPiece = "</s>";
constexpr std::string_view kUnknownPiece = "<unk>";

}  // namespace

void WordCounter::add(const WordCounts& counts) {
  for (const auto& [word, count] : counts) add_count(counts_, word, count);
}

std::vector<std::string> WordCounter::most_frequent(std::size_t size) const {
  using Entry = TextMap<std::uint64_t>::value_type;
  std::vector<const Entry*> entries;
  entries.reserve(counts_.size());
  for (const Entry& entry : counts_) {
    // A text that spells the two names gives them no second id.
    if (entry.first != kEndPiece && entry.first != kUnknownPiece) entries.push_back(&entry);
  }
  std::ranges::sort(entries, [](const Entry* a, const Entry* b) {
    return a->second != b->second ? a->second > b->second : a->first < b->first;
  });
  entries.resize(std::min(entries.size(), size - std::min<std::size_t>(size, 2)));
  std::vector<std::string> pieces = {std::string(kEndPiece), std::string(kUnknownPiece)};
  for (const Entry* entry : entries) pieces.push_back(entry->first);
  return pieces;
}

WordVocabulary::WordVocabulary(std::vector<std::string> pieces) : Vocabulary(std::move(pieces)) {
  for (std::size_t id = 2; id < size(); ++id) {
    ids_.emplace(piece(static_cast<Token>(id)), static_cast<Token>(id));
  }
}

std::vector<Token> WordVocabulary::encode(std::string_view line) const {
  std::vector<Token> tokens;
  for_each_word(line, [&](std::string_view word) {
    const auto found = ids_.find(word);
    tokens.push_back(found != ids_.end() ? found->second : kUnknown);
  });
  return tokens;
}

std::vector<std::string> WordVocabulary::surfaces(std::string_view line) const {
  std::vector<std::string> words;
  for_each_word(line, [&](std::string_view word) { words.emplace_back(word); });
  return words;
}

std::string WordVocabulary::decode(std::span<const Token> tokens) const {
  std::string text;
  for (const Token token : tokens) {
    if (token == kEndOfSentence) continue;
    if (!text.empty()) text += ' ';
    text += piece(token);
  }
  return text;
}

}  // namespace lockstep

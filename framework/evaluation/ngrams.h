#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace lockstep {

inline constexpr std::size_t kLongestNgram = 6;

/// The n-grams of one order in a sequence of characters (or of words' numbers), with how often each occurs.
class NgramCounts {
 public:
  NgramCounts() = default;
  /// `order` from 1 to kLongestNgram.
  NgramCounts(std::u32string_view sequence, std::size_t order);

  /// How many there are, repeated ones as often as they occur.
  [[nodiscard]] std::int64_t total() const;
  /// How many of them the other has too, each at most as often as it occurs there.
  [[nodiscard]] std::int64_t matches(const NgramCounts& other) const;
  /// Raises each count to the other's where that is greater.
  void raise_to(const NgramCounts& other);

 private:
  using Ngram = std::array<char32_t, kLongestNgram>;
  std::vector<std::pair<Ngram, std::int64_t>> counts_;  // sorted by n-gram
};

/// Gives equal words equal numbers, so that a sentence is a sequence to take n-grams of.
class WordNumbers {
 public:
  template <typename Words>
  [[nodiscard]] std::u32string number(const Words& words) {
    std::u32string sequence;
    sequence.reserve(words.size());
    for (const auto& word : words) {
      sequence += numbers_.try_emplace(std::u32string(word), static_cast<char32_t>(numbers_.size())).first->second;
    }
    return sequence;
  }

 private:
  std::unordered_map<std::u32string, char32_t> numbers_;
};

}  // namespace lockstep

#pragma once

#include <span>
#include <vector>

#include "framework/corpus/dataset.h"
#include "models/model_options.h"

namespace lockstep::testing {

/// Four pairs of unequal lengths over a dozen words, in no order of length.
class TinyPairs {
 public:
  [[nodiscard]] InputSizes sizes() const { return {11, 13}; }
  [[nodiscard]] std::size_t size() const { return source_.size(); }

  [[nodiscard]] std::uint64_t target_words() const {
    std::uint64_t words = 0;
    for (const auto& sentence : target_) words += sentence.size();
    return words;
  }

  [[nodiscard]] SentencePairs examples() const {
    SentencePairs pairs;
    for (std::size_t i = 0; i < size(); ++i) {
      pairs.source.emplace_back(source_[i]);
      pairs.target.emplace_back(target_[i]);
    }
    return pairs;
  }

  [[nodiscard]] Examples example(std::size_t i) const { return SentencePairs{{source_[i]}, {target_[i]}}; }

 private:
  std::vector<std::vector<Token>> source_ = {{4, 2, 0}, {3, 9, 10, 5, 0}, {7, 0}, {2, 2, 8, 1, 0}};
  std::vector<std::vector<Token>> target_ = {{5, 12, 3, 0}, {2, 0}, {7, 7, 0}, {4, 11, 6, 2, 9, 0}};
};

/// Sizes small enough for central differences, none of them a multiple of a vector's length.
[[nodiscard]] inline Configuration tiny_model() {
  Configuration configuration;
  configuration.model.embedding = 5;
  configuration.model.hidden = 7;
  configuration.model.attention = 6;
  configuration.model.maxout = 3;
  return configuration;
}

}  // namespace lockstep::testing

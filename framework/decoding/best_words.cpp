#include "framework/decoding/best_words.h"

#include <algorithm>
#include <cmath>

namespace lockstep {

std::span<const Token> BestWords::find(std::span<const float> values, std::size_t count) {
  const auto before = [&](Token a, Token b) {
    const float x = values[static_cast<std::size_t>(a)];
    const float y = values[static_cast<std::size_t>(b)];
    if (std::isnan(x) != std::isnan(y)) return std::isnan(x);
    return x > y || (!(y > x) && a < b);
  };
  best_.clear();
  count = std::min(count, values.size());
  if (count == 0) return best_;
  for (std::size_t word = 0; word < count; ++word) best_.push_back(static_cast<Token>(word));
  std::make_heap(best_.begin(), best_.end(), before);  // the least of the best in front
  float least = values[static_cast<std::size_t>(best_.front())];
  for (std::size_t word = count; word < values.size(); ++word) {
    if (values[word] <= least) continue;  // nearly always
    if (!before(static_cast<Token>(word), best_.front())) continue;
    std::pop_heap(best_.begin(), best_.end(), before);
    best_.back() = static_cast<Token>(word);
    std::push_heap(best_.begin(), best_.end(), before);
    least = values[static_cast<std::size_t>(best_.front())];
  }
  std::sort_heap(best_.begin(), best_.end(), before);
  return best_;
}

}  // namespace lockstep

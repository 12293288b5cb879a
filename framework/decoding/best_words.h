#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "framework/corpus/dataset.h"

namespace lockstep {

/// Finds the most probable words of a row without sorting it; keeps its memory from one call to the next.
class BestWords {
 public:
  /// The `count` words of the greatest values (all, if there are fewer), greatest first; of equal ones the lower word
  /// first. NaN counts as greatest, so that it can't hide. Valid until the next call.
  std::span<const Token> find(std::span<const float> values, std::size_t count);

 private:
  std::vector<Token> best_;
};

}  // namespace lockstep

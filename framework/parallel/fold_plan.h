#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "framework/parallel/gradient_array.h"
#include "framework/parallel/tree_accumulator.h"

namespace lockstep {

/// The additions that fold some subtrees along the tree as far as they reach, worked out once and then done for any
/// range of elements. Sums replace the left of their two arrays; marks of the arrays stay as they are.
class FoldPlan {
 public:
  explicit FoldPlan(const GradientShape& shape) : shape_(shape) {}

  /// Subtrees from left to right. What they point to must stay until the plan is made anew.
  void make(const std::vector<Subtree>& subtrees);
  /// Does the additions for elements [begin, end).
  void run(std::size_t begin, std::size_t end) const;
  /// What is left, with the marks of the sums: one for each subtree that found no neighbour.
  [[nodiscard]] const std::vector<Subtree>& sums() const { return stack_.entries(); }

 private:
  struct Addition {
    GradientArray left;
    GradientArray right;
  };
  const GradientShape& shape_;
  std::vector<Addition> additions_;
  TreeStack<GradientArray> stack_;
  std::deque<std::vector<std::uint64_t>> marks_;  ///< of sums; kept from one plan to the next
};

}  // namespace lockstep

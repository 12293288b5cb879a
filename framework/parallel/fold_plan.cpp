#include "framework/parallel/fold_plan.h"

#include <algorithm>

namespace lockstep {
namespace {

/// Elements that are folded at once: arrays of them stay in a near cache from one addition to the next.
constexpr std::size_t kPiece = 1U << 14;

}  // namespace

void FoldPlan::make(const std::vector<Subtree>& subtrees) {
  additions_.clear();
  stack_.clear();
  std::size_t used = 0;
  for (const Subtree& subtree : subtrees) {
    stack_.push(subtree.node, subtree.value, [&](GradientArray& left, const GradientArray& right) {
      additions_.push_back({left, right});
      if (used == marks_.size()) marks_.emplace_back(shape_.mark_words());
      std::vector<std::uint64_t>& marks = marks_[used++];
      std::copy_n(left.marks, shape_.mark_words(), marks.data());
      shape_.unite(marks.data(), right.marks);
      left.marks = marks.data();
    });
  }
}

void FoldPlan::run(std::size_t begin, std::size_t end) const {
  for (; begin < end && !additions_.empty(); begin += kPiece) {
    const std::size_t last = std::min(begin + kPiece, end);
    for (const Addition& addition : additions_) shape_.add(addition.left, addition.right, begin, last);
  }
}

}  // namespace lockstep

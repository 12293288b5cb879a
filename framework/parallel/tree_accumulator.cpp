#include "framework/parallel/tree_accumulator.h"

#include <algorithm>
#include <utility>

namespace lockstep {

std::size_t TreeAccumulator::arrays_for(std::span<const TreeNode> subtrees) {
  TreeStack<char> stack;
  std::size_t most = 0;
  for (const TreeNode& node : subtrees) {
    most = std::max(most, stack.entries().size() + 1);
    stack.push(node, 0, [](char, char) {});
  }
  return most;
}

TreeAccumulator::TreeAccumulator(const GradientShape& shape, std::vector<GradientArray> arrays)
    : shape_(shape), free_(std::move(arrays)) {}

const GradientArray& TreeAccumulator::next() {
  shape_.clear(free_.back());
  return free_.back();
}

void TreeAccumulator::add(TreeNode node) {
  const GradientArray values = free_.back();
  free_.pop_back();
  stack_.push(node, values, [this](const GradientArray& left, const GradientArray& right) {
    shape_.add(left, right, 0, shape_.elements());
    shape_.unite(left.marks, right.marks);
    free_.push_back(right);
  });
}

void TreeAccumulator::add_apart(TreeNode node) {
  stack_.push_apart(node, free_.back());
  free_.pop_back();
}

void TreeAccumulator::clear() {
  // The last one last, so that each update uses the same arrays.
  for (auto entry = stack_.entries().rbegin(); entry != stack_.entries().rend(); ++entry) free_.push_back(entry->value);
  stack_.clear();
}

}  // namespace lockstep

#include "framework/parallel/tree_accumulator.h"

#include <algorithm>
#include <utility>

namespace lockstep {

std::size_t TreeAccumulator::arrays_for(ShardRange shards) {
  TreeStack<char> stack;
  std::size_t most = 0;
  for (std::size_t shard = shards.begin; shard < shards.end; ++shard) {
    most = std::max(most, stack.entries().size() + 1);
    stack.push({0, shard}, 0, [](char, char) {});
  }
  return most;
}

TreeAccumulator::TreeAccumulator(const GradientShape& shape, std::vector<GradientArray> arrays)
    : shape_(shape), free_(std::move(arrays)) {}

const GradientArray& TreeAccumulator::leaf() {
  shape_.clear(free_.back());
  return free_.back();
}

void TreeAccumulator::add(std::size_t shard) {
  const GradientArray values = free_.back();
  free_.pop_back();
  stack_.push({0, shard}, values, [this](const GradientArray& left, const GradientArray& right) {
    shape_.add(left, right, 0, shape_.elements());
    shape_.unite(left.marks, right.marks);
    free_.push_back(right);
  });
}

void TreeAccumulator::add_apart(std::size_t shard) {
  stack_.push_apart({0, shard}, free_.back());
  free_.pop_back();
}

void TreeAccumulator::clear() {
  // The last one last, so that each update uses the same arrays.
  for (auto entry = stack_.entries().rbegin(); entry != stack_.entries().rend(); ++entry) free_.push_back(entry->value);
  stack_.clear();
}

}  // namespace lockstep

#include "framework/parallel/tree_accumulator.h"

namespace lockstep {

std::span<float> TreeAccumulator::leaf() {
  if (free_.empty()) {
    owned_.emplace_back(elements_, 0.0F);
    free_.push_back(owned_.back().data());
  }
  return {free_.back(), elements_};
}

void TreeAccumulator::add(std::size_t shard) {
  float* const values = leaf().data();
  free_.pop_back();
  stack_.push({0, shard}, values, [this](float* left, float* right) {
    add_elements(left, right, elements_);
    free_.push_back(right);
  });
}

void TreeAccumulator::clear() {
  for (const auto& entry : stack_.entries()) free_.push_back(entry.value);
  stack_.clear();
}

void add_elements(float* left, const float* right, std::size_t elements) {
  for (std::size_t i = 0; i < elements; ++i) left[i] += right[i];
}

}  // namespace lockstep

#include "framework/numeric/arena.h"

#include <algorithm>

namespace lockstep {

namespace {
constexpr std::size_t kFirstBlock = kHugePage;

std::size_t round_up(std::size_t bytes) {
  return (bytes + kCacheLine - 1) / kCacheLine * kCacheLine;
}
}  // namespace

void Arena::add_block(std::size_t bytes) {
  blocks_.emplace_back(bytes);
  used_in_last_ = 0;
}

void* Arena::take_bytes(std::size_t bytes) {
  bytes = round_up(bytes);
  if (blocks_.empty() || blocks_.back().size() - used_in_last_ < bytes) {
    if (!blocks_.empty()) used_before_last_ += blocks_.back().size();
    add_block(std::max({bytes, kFirstBlock, used_before_last_}));
  }
  void* result = blocks_.back().data() + used_in_last_;
  used_in_last_ += bytes;
  peak_ = std::max(peak_, used_before_last_ + used_in_last_);
  return result;
}

void Arena::reset() {
  if (blocks_.size() > 1) {
    const std::size_t whole = used_before_last_ + blocks_.back().size();
    blocks_.clear();
    add_block(whole);
  }
  used_in_last_ = 0;
  used_before_last_ = 0;
}

}  // namespace lockstep

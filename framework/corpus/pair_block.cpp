#include "framework/corpus/pair_block.h"

namespace lockstep {
namespace {

/// A thread is busy with as much for some milliseconds, which makes handing it over free, and a hundred threads' blocks
/// stay far below the memory that learning takes.
constexpr std::size_t kBlockBytes = std::size_t{1} << 16;
/// Lines may be empty, and still take room.
constexpr std::size_t kBlockPairs = 4096;

}  // namespace

void LineBlock::clear() {
  text_.clear();
  ends_.clear();
}

void LineBlock::add(std::string_view line) {
  text_ += line;
  ends_.push_back(text_.size());
}

std::string_view LineBlock::operator[](std::size_t line) const {
  const std::size_t begin = line == 0 ? 0 : ends_[line - 1];
  return std::string_view(text_).substr(begin, ends_[line] - begin);
}

bool read_block(PairReader& reader, PairBlock& block) {
  block.source.clear();
  block.target.clear();
  std::string_view source;
  std::string_view target;
  while (block.size() < kBlockPairs && block.source.bytes() + block.target.bytes() < kBlockBytes &&
         reader.next(source, target)) {
    block.source.add(source);
    block.target.add(target);
  }
  return block.size() > 0;
}

}  // namespace lockstep

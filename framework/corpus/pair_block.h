#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "framework/corpus/pair_reader.h"

namespace lockstep {

/// Lines of one side, copied one behind the other.
class LineBlock {
 public:
  void clear();
  void add(std::string_view line);
  [[nodiscard]] std::size_t size() const { return ends_.size(); }
  [[nodiscard]] std::size_t bytes() const { return text_.size(); }
  /// Valid until the next add or clear.
  [[nodiscard]] std::string_view operator[](std::size_t line) const;

 private:
  std::string text_;
  std::vector<std::size_t> ends_;
};

/// Pairs that follow each other: what one thread takes at a time.
struct PairBlock {
  LineBlock source;
  LineBlock target;

  [[nodiscard]] std::size_t size() const { return source.size(); }
};

/// Puts the next pairs, some 64 KiB of text, in place of the block's; false, and an empty block, when there are none.
/// Throws as the reader does.
bool read_block(PairReader& reader, PairBlock& block);

}  // namespace lockstep

#include "framework/corpus/utf8.h"

#include <cstddef>

namespace lockstep {
namespace {

struct Sequence {
  std::size_t length;       ///< bytes; 0 for a byte that starts nothing
  unsigned char low, high;  ///< what the second byte may be
};

Sequence sequence_of(unsigned char lead) {
  if (lead < 0x80) return {1, 0, 0};
  if (lead < 0xC2) return {0, 0, 0};
  if (lead < 0xE0) return {2, 0x80, 0xBF};
  if (lead == 0xE0) return {3, 0xA0, 0xBF};
  if (lead == 0xED) return {3, 0x80, 0x9F};
  if (lead < 0xF0) return {3, 0x80, 0xBF};
  if (lead == 0xF0) return {4, 0x90, 0xBF};
  if (lead < 0xF4) return {4, 0x80, 0xBF};
  if (lead == 0xF4) return {4, 0x80, 0x8F};
  return {0, 0, 0};
}

}  // namespace

std::optional<std::size_t> find_invalid_utf8(std::string_view text) {
  const auto byte = [text](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  for (std::size_t at = 0; at < text.size();) {
    const Sequence sequence = sequence_of(byte(at));
    if (sequence.length == 0 || sequence.length > text.size() - at) return at;
    if (sequence.length > 1 && (byte(at + 1) < sequence.low || byte(at + 1) > sequence.high)) return at;
    for (std::size_t i = 2; i < sequence.length; ++i) {
      if ((byte(at + i) & 0xC0) != 0x80) return at;
    }
    at += sequence.length;
  }
  return {};
}

}  // namespace lockstep

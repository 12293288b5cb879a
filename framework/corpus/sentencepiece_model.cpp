#include "framework/corpus/sentencepiece_model.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <vector>

#include "framework/core/errors.h"

namespace lockstep {
namespace {

[[noreturn]] void refuse() {
  throw DataError("vocabulary: the sentencepiece model is damaged; prepare the corpus again");
}

void require(bool holds) {
  if (!holds) refuse();
}

// A model is a protocol buffer, sentencepiece_model.proto of the library: ModelProto holds many SentencePiece, each
// with its text in `piece`, and NormalizerSpec twice, each with a precompiled_charsmap.
constexpr std::uint64_t kSentencePiece = 1;
constexpr std::uint64_t kPieceText = 1;
constexpr std::uint64_t kNormalizerSpec = 3;
constexpr std::uint64_t kDenormalizerSpec = 5;
constexpr std::uint64_t kCharacterMap = 2;

/// The fields of a serialised message, one by one.
class Fields {
 public:
  explicit Fields(std::string_view message) : rest_(message) {}

  struct Field {
    std::uint64_t number;
    std::optional<std::string_view> bytes;  ///< nothing for a number
  };

  bool next(Field& field) {
    if (rest_.empty()) return false;
    const std::uint64_t tag = varint();
    field = {tag >> 3, std::nullopt};
    switch (tag & 7) {
      case 0:
        static_cast<void>(varint());
        break;
      case 1:
        static_cast<void>(take(8));
        break;
      case 2:
        field.bytes = take(varint());
        break;
      case 5:
        static_cast<void>(take(4));
        break;
      default:
        refuse();  // groups, which no such model has
    }
    return true;
  }

 private:
  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const auto byte = static_cast<unsigned char>(take(1).front());
      value |= std::uint64_t{byte & 0x7FU} << shift;
      if (byte < 0x80) return value;
    }
    refuse();
  }

  std::string_view take(std::uint64_t size) {
    require(size <= rest_.size());
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }

  std::string_view rest_;
};

/// A trie of characters (ways that end alike share their end) in an array (Darts-clone's double array), whose leaves
/// say where in `texts` a text begins that ends with a NUL.
class CharacterMap {
 public:
  explicit CharacterMap(std::string_view map) {
    std::uint32_t trie_bytes = 0;
    require(map.size() > sizeof trie_bytes);
    std::memcpy(&trie_bytes, map.data(), sizeof trie_bytes);
    map.remove_prefix(sizeof trie_bytes);
    require(trie_bytes < map.size());
    units_.resize(trie_bytes / sizeof(std::uint32_t));
    if (!units_.empty()) std::memcpy(units_.data(), map.data(), units_.size() * sizeof(std::uint32_t));
    texts_ = map.substr(trie_bytes);
  }

  /// Follows every way that a text could take.
  void check() {
    require(!units_.empty() && texts_.back() == '\0');
    leaves_.assign(units_.size(), kUnknown);
    require(leaves_below(offset(units_[0]), 0) <= kMostLeaves);
  }

 private:
  static constexpr int kMostLeaves = 32;  ///< on one way: the library has room for so many
  static constexpr int kLongestWay = 256;
  static constexpr int kUnknown = -1;
  static constexpr int kUnderWay = -2;

  /// The most leaves on a way that goes on below a node. `base`: what is exclusive-ored with a byte to find a child.
  int leaves_below(std::uint32_t base, int depth) {
    require(depth < kLongestWay);
    int most = 0;
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
      const std::uint32_t place = base ^ byte;
      require(place < units_.size());
      if (label(units_[place]) == byte) most = std::max(most, leaves_from(place, depth));
    }
    return most;
  }

  /// The same with the node itself. Ways may meet, but none goes in a circle.
  int leaves_from(std::uint32_t place, int depth) {
    if (leaves_[place] == kUnknown) {
      leaves_[place] = kUnderWay;
      const std::uint32_t unit = units_[place];
      const std::uint32_t base = place ^ offset(unit);
      const bool ends = has_leaf(unit);
      if (ends) require(base < units_.size() && value(units_[base]) < texts_.size());
      leaves_[place] = leaves_below(base, depth + 1) + (ends ? 1 : 0);
    }
    require(leaves_[place] != kUnderWay);
    return leaves_[place];
  }

  static bool has_leaf(std::uint32_t unit) { return (unit >> 8 & 1) == 1; }
  static std::uint32_t value(std::uint32_t unit) { return unit & 0x7FFFFFFFU; }
  static std::uint32_t label(std::uint32_t unit) { return unit & 0x800000FFU; }
  static std::uint32_t offset(std::uint32_t unit) { return (unit >> 10) << ((unit & 0x200U) >> 6); }

  std::vector<std::uint32_t> units_;
  std::vector<int> leaves_;  ///< leaves_from() of each place, as far as it is known
  std::string_view texts_;
};

}  // namespace

void check_sentencepiece_model(std::string_view model) {
  Fields fields(model);
  for (Fields::Field field{}; fields.next(field);) {
    const bool normalizes = field.number == kNormalizerSpec || field.number == kDenormalizerSpec;
    if ((field.number != kSentencePiece && !normalizes) || !field.bytes) continue;
    Fields inner_fields(*field.bytes);
    for (Fields::Field inner{}; inner_fields.next(inner);) {
      if (!inner.bytes) continue;
      if (!normalizes && inner.number == kPieceText) require(inner.bytes->find('\0') == std::string_view::npos);
      if (normalizes && inner.number == kCharacterMap && !inner.bytes->empty()) CharacterMap(*inner.bytes).check();
    }
  }
}

}  // namespace lockstep

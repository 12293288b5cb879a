#include "framework/storage/hdf5_structure.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "framework/core/errors.h"
#include "framework/storage/structure_bytes.h"
#include "framework/storage/text_heap.h"
#include "framework/storage/user_block.h"

// What is walked here is laid down in the HDF5 File Format Specification, version 3: superblock 0 (II.A), groups as
// symbol tables (III.A, III.B, III.D), objects with headers of version 1 (IV.A.1).

namespace lockstep {
namespace {

constexpr std::uint64_t kUndefined = ~std::uint64_t{0};
constexpr std::size_t kDeepest = 16;  ///< groups inside groups; ours are four deep
constexpr std::size_t kMostRank = 8;  ///< dimensions; ours have two
constexpr unsigned kGroupLeaf = 4;    ///< half the entries of a node of symbols; what HDF5 takes unless told
constexpr unsigned kGroupInner = 16;  ///< half the children of a node of the tree
constexpr std::size_t kEntryBytes = 40;
constexpr std::size_t kReferenceBytes = 16;
constexpr std::uint64_t kReferencesAtOnce = 4096;

using Bytes = std::vector<std::uint8_t>;

/// The message of an element type as HDF5 writes it, padded to eight bytes.
struct KnownType {
  Bytes message;
  std::uint64_t element_bytes;
  bool text = false;
};

KnownType integer_type(std::uint8_t size, bool has_sign) {
  const auto bits = static_cast<std::uint8_t>(8 * size);
  const std::uint8_t sign = has_sign ? 8 : 0;
  return {{0x10, sign, 0, 0, size, 0, 0, 0, 0, 0, bits, 0, 0, 0, 0, 0}, size};
}

const std::vector<KnownType>& known_types() {
  static const std::vector<KnownType> kTypes = {
      integer_type(1, false),
      integer_type(4, true),
      integer_type(4, false),
      integer_type(8, true),
      integer_type(8, false),
      {{0x11, 0x20, 31, 0, 4, 0, 0, 0, 0, 0, 32, 0, 23, 8, 0, 23, 127, 0, 0, 0, 0, 0, 0, 0}, 4},
      {{0x11, 0x20, 63, 0, 8, 0, 0, 0, 0, 0, 64, 0, 52, 11, 0, 52, 0xFF, 3, 0, 0, 0, 0, 0, 0}, 8},
      // A UTF-8 string of any length, of bytes.
      {{0x19, 1, 1, 0, 16, 0, 0, 0, 0x10, 0, 0, 0, 1, 0, 0, 0, 0, 0, 8, 0, 0, 0, 0, 0}, kReferenceBytes, true},
  };
  return kTypes;
}

enum Message : std::uint16_t {
  kNothing = 0x00,
  kDataspace = 0x01,
  kDatatype = 0x03,
  kFillValue = 0x05,
  kLayout = 0x08,
  kSymbolTable = 0x11
};

/// The messages of an object, each at most once.
struct Object {
  Bytes dataspace, datatype, fill_value, layout, symbol_table;
};

/// Where a group keeps its links.
struct SymbolTable {
  std::uint64_t tree = 0;
  std::uint64_t heap = 0;
  bool operator==(const SymbolTable&) const = default;
};

class Walk {
 public:
  explicit Walk(const StructureBytes& bytes) : bytes_(bytes), heap_(bytes) {}

  void file() {
    constexpr std::array<std::uint8_t, 24> kStart = {
        0x89, 'H', 'D', 'F', '\r', '\n', 0x1A, '\n', 0, 0, 0, 0, 0, 8, 8, 0, kGroupLeaf, 0, kGroupInner, 0, 0, 0, 0, 0};
    const Bytes block = bytes_.read(0, 96);
    const bool starts = std::equal(kStart.begin(), kStart.end(), block.begin());
    bytes_.require(starts && little<std::uint64_t>(block, 24) == kUserBlockBytes &&
                       little<std::uint64_t>(block, 32) == kUndefined &&
                       little<std::uint64_t>(block, 40) == bytes_.end() + kUserBlockBytes &&
                       little<std::uint64_t>(block, 48) == kUndefined && little<std::uint64_t>(block, 56) == 0,
                   "another superblock", 0);
    object(std::span(block).subspan(56), 0);
  }

 private:
  /// What an entry of a symbol table leads to.
  void object(std::span<const std::uint8_t> entry, std::size_t depth) {
    const auto address = little<std::uint64_t>(entry, 8);
    bytes_.require(depth < kDeepest, "groups too deep in each other", address);
    // Each object has one name: no way leads back.
    visit(address);
    const Object found = header(address);
    const auto cached = little<std::uint32_t>(entry, 16);
    if (found.symbol_table.empty()) {
      bytes_.require(cached == 0 && depth > 0, "a link of another kind", address);
      dataset(found, address);
      return;
    }
    bytes_.require(found.symbol_table.size() == 16 && found.dataspace.empty() && found.datatype.empty() &&
                       found.layout.empty() && found.fill_value.empty(),
                   "a group with more than its links", address);
    const SymbolTable table = symbol_table(found.symbol_table, 0);
    bytes_.require(cached == 0 || (cached == 1 && symbol_table(entry, 24) == table), "a link of another kind", address);
    const Bytes names = local_heap(table.heap);
    tree(table.tree, names, depth, -1);
  }

  static SymbolTable symbol_table(std::span<const std::uint8_t> bytes, std::size_t at) {
    return {little<std::uint64_t>(bytes, at), little<std::uint64_t>(bytes, at + 8)};
  }

  void visit(std::uint64_t address) {
    bytes_.require(visited_.insert(address).second, "two ways to one place", address);
  }

  Object header(std::uint64_t address) {
    const Bytes start = bytes_.read(address, 16);
    const auto size = little<std::uint32_t>(start, 8);
    bytes_.require(start[0] == 1 && start[1] == 0 && little<std::uint32_t>(start, 4) == 1 && size < 4096,
                   "another object header", address);
    const Bytes messages = bytes_.read(address + 16, size);
    Object object;
    std::size_t count = 0;
    for (std::size_t at = 0; at < messages.size(); ++count) {
      bytes_.require(messages.size() - at >= 8, "a cut message", address);
      const auto length = little<std::uint16_t>(messages, at + 2);
      bytes_.require(length % 8 == 0 && length <= messages.size() - at - 8, "a cut message", address);
      const auto begin = messages.begin() + static_cast<std::ptrdiff_t>(at) + 8;
      const auto kind = little<std::uint16_t>(messages, at);
      if (kind != kNothing) {
        // Bit 0: never changes. Shared messages and the like lie elsewhere.
        bytes_.require(messages[at + 4] <= 1, "a message of another kind", address);
        Bytes& place = place_of(kind, object, address);
        bytes_.require(place.empty() && length > 0, "a message of another kind", address);
        place.assign(begin, begin + length);
      }
      at += 8 + std::size_t{length};
    }
    bytes_.require(count == little<std::uint16_t>(start, 2), "another number of messages", address);
    return object;
  }

  Bytes& place_of(std::uint16_t kind, Object& object, std::uint64_t address) const {
    switch (kind) {
      case kDataspace:
        return object.dataspace;
      case kDatatype:
        return object.datatype;
      case kFillValue:
        return object.fill_value;
      case kLayout:
        return object.layout;
      case kSymbolTable:
        return object.symbol_table;
      default:
        bytes_.refuse(fmt::format("a message of kind {}", kind), address);
    }
  }

  void dataset(const Object& object, std::uint64_t address) {
    const auto type = std::ranges::find(known_types(), object.datatype, &KnownType::message);
    bytes_.require(type != known_types().end(), "an element type of others", address);
    const Bytes filled = {2, 1, 0, 1, 0, 0, 0, 0};
    const Bytes unfilled = {2, 1, 1, 1, 0, 0, 0, 0};
    bytes_.require(object.fill_value == filled || object.fill_value == unfilled, "another fill value", address);
    const std::uint64_t count = elements(object.dataspace, address);
    const Bytes& layout = object.layout;
    bytes_.require(layout.size() == 24 && layout[0] == 3 && layout[1] == 1, "data not in one piece", address);
    const auto place = little<std::uint64_t>(layout, 2);
    const auto size = little<std::uint64_t>(layout, 10);
    bytes_.require(count <= bytes_.end() / type->element_bytes && size == count * type->element_bytes,
                   "another size than its data", address);
    if (size == 0) {
      bytes_.require(place == kUndefined, "a place for no data", address);
      return;
    }
    bytes_.require(bytes_.holds(place, size), "data beyond the file's end", address);
    if (type->text) texts(place, count);
  }

  /// How many elements a dataspace has, at most the file's length.
  [[nodiscard]] std::uint64_t elements(const Bytes& space, std::uint64_t address) const {
    bytes_.require(space.size() >= 8 && space[0] == 1 && space[1] <= kMostRank && space[2] <= 1, "another dataspace",
                   address);
    const std::size_t rank = space[1];
    const bool has_most = space[2] == 1;
    bytes_.require(space.size() == 8 + 8 * rank * (has_most ? 2 : 1), "another dataspace", address);
    std::uint64_t count = 1;
    bool empty = false;
    for (std::size_t d = 0; d < rank; ++d) {
      const auto size = little<std::uint64_t>(space, 8 + 8 * d);
      bytes_.require(!has_most || size == little<std::uint64_t>(space, 8 + 8 * (rank + d)), "room to grow", address);
      bytes_.require(size == 0 || count <= bytes_.end() / size, "more elements than bytes", address);
      if (size == 0) empty = true;
      if (size > 0) count *= size;
    }
    return empty ? 0 : count;
  }

  void texts(std::uint64_t place, std::uint64_t count) {
    for (std::uint64_t at = 0; at < count; at += kReferencesAtOnce) {
      const std::uint64_t some = std::min(kReferencesAtOnce, count - at);
      const Bytes references = bytes_.read(place + at * kReferenceBytes, some * kReferenceBytes);
      for (std::size_t i = 0; i < references.size(); i += kReferenceBytes) {
        heap_.check(little<std::uint32_t>(references, i), little<std::uint64_t>(references, i + 4),
                    little<std::uint32_t>(references, i + 12));
      }
    }
  }

  /// The names of a group's links, which end with NULs.
  Bytes local_heap(std::uint64_t address) {
    visit(address);
    const Bytes start = bytes_.read(address, 32);
    bytes_.require(little<std::uint32_t>(start, 0) == signature("HEAP") && little<std::uint32_t>(start, 4) == 0,
                   "another heap of names", address);
    const auto size = little<std::uint64_t>(start, 8);
    const auto place = little<std::uint64_t>(start, 24);
    bytes_.require(size >= 16 && bytes_.holds(place, size), "names beyond the file's end", address);
    Bytes names = bytes_.read(place, size);
    // Free pieces are a chain, which must neither lead out nor go round.
    constexpr std::uint64_t kLast = 1;
    std::uint64_t left = size;
    for (auto at = little<std::uint64_t>(start, 16); at != kLast; at = little<std::uint64_t>(names, at)) {
      bytes_.require(at <= size - 16, "a free piece outside its heap", address);
      const auto piece = little<std::uint64_t>(names, at + 8);
      bytes_.require(piece >= 16 && piece <= size - at && piece <= left, "a free piece outside its heap", address);
      left -= piece;
    }
    return names;
  }

  /// One node of a group's tree; `level` is what it must have, -1 at the root.
  void tree(std::uint64_t address, const Bytes& names, std::size_t depth, int level) {
    visit(address);
    // A node takes the room of a full one, whatever is in it.
    const Bytes node = bytes_.read(address, 24 + 8 * (4 * kGroupInner + 1));
    const auto count = little<std::uint16_t>(node, 6);
    bytes_.require(little<std::uint32_t>(node, 0) == signature("TREE") && node[4] == 0 && count <= 2 * kGroupInner &&
                       (level < 0 || node[5] == level) && node[5] < kDeepest,
                   "another tree", address);
    for (std::size_t i = 0; i <= count; ++i) require_name(names, little<std::uint64_t>(node, 24 + 16 * i), address);
    for (std::size_t i = 0; i < count; ++i) {
      const auto child = little<std::uint64_t>(node, 32 + 16 * i);
      if (node[5] > 0) {
        tree(child, names, depth, node[5] - 1);
      } else {
        symbols(child, names, depth);
      }
    }
  }

  void symbols(std::uint64_t address, const Bytes& names, std::size_t depth) {
    visit(address);
    const Bytes node = bytes_.read(address, 8 + kEntryBytes * 2 * kGroupLeaf);
    const auto count = little<std::uint16_t>(node, 6);
    bytes_.require(
        little<std::uint32_t>(node, 0) == signature("SNOD") && node[4] == 1 && node[5] == 0 && count <= 2 * kGroupLeaf,
        "another table of links", address);
    for (std::size_t i = 0; i < count; ++i) {
      const auto entry = std::span(node).subspan(8 + kEntryBytes * i, kEntryBytes);
      require_name(names, little<std::uint64_t>(entry, 0), address);
      object(entry, depth + 1);
    }
  }

  void require_name(const Bytes& names, std::uint64_t at, std::uint64_t address) const {
    const bool ends = at < names.size() && std::memchr(names.data() + at, 0, names.size() - at) != nullptr;
    bytes_.require(ends, "a name without end", address);
  }

  const StructureBytes& bytes_;
  TextHeap heap_;
  std::set<std::uint64_t> visited_;
};

}  // namespace

void check_structure(const Descriptor& file, const std::filesystem::path& path, std::string_view remedy) {
  const StructureBytes bytes(file, path, remedy);
  Walk(bytes).file();
}

}  // namespace lockstep

#include "tests/fuzz/hostile_file.h"

#include <algorithm>
#include <array>
#include <random>
#include <vector>

#include "tests/support/forged_file.h"

namespace lockstep::fuzzing {
namespace {

using Random = std::minstd_rand;

std::size_t below(Random& random, std::size_t end) {
  return end == 0 ? 0 : random() % end;
}

std::uint64_t word_at(const std::uint8_t* data) {
  std::uint64_t value = 0;
  std::memcpy(&value, data, sizeof value);
  return value;
}

/// A number that a reader may trip over.
std::uint64_t odd_number(Random& random, const std::uint8_t* data, std::size_t size, std::uint64_t old) {
  constexpr std::array<std::uint64_t, 12> kOdd = {0,        1,          2,          0x7F,       0xFFFF,     0x7FFFFFFF,
                                                  1U << 31, 0xFFFFFFFF, 1ULL << 32, 1ULL << 62, 1ULL << 63, ~0ULL};
  switch (below(random, 5)) {
    case 0:
      return old + 1;
    case 1:
      return old - 1;
    case 2:
      return size - 512 - below(random, 64);
    case 3:
      return word_at(data + 512 + below(random, (size - 512) / 8) * 8);
    default:
      return kOdd[below(random, kOdd.size())];
  }
}

/// Places behind the layout messages of datasets: where the address and the size of their data stand.
std::vector<std::size_t> layouts(const std::uint8_t* data, std::size_t size) {
  constexpr std::array<std::uint8_t, 10> kMessage = {8, 0, 24, 0, 1, 0, 0, 0, 3, 1};
  std::vector<std::size_t> found;
  for (auto at = data + 512;; ++at) {
    at = std::search(at, data + size, kMessage.begin(), kMessage.end());
    if (data + size - at < 26) return found;
    found.push_back(static_cast<std::size_t>(at - data) + kMessage.size());
  }
}

/// Another number of elements for a dataset of one dimension, in its dataspace and in the size of its data alike.
bool mutate_length(std::uint8_t* data, std::size_t size, Random& random) {
  const std::vector<std::size_t> places = layouts(data, size);
  if (places.empty()) return false;
  std::uint8_t* data_size = data + places[below(random, places.size())] + 8;
  constexpr std::array<std::uint8_t, 11> kMessage = {1, 0, 24, 0, 0, 0, 0, 0, 1, 1, 1};
  std::uint8_t* space =
      std::find_end(std::max(data + 512, data_size - 256), data_size, kMessage.begin(), kMessage.end());
  if (space == data_size) return false;
  space += kMessage.size() + 5;
  const std::uint64_t old = word_at(space);
  if (old == 0) return false;
  const std::uint64_t bytes = word_at(data_size) / old;
  const std::uint64_t length = below(random, 4) == 0 ? odd_number(random, data, size, old) : below(random, old + 2);
  const std::uint64_t new_size = length * bytes;
  std::memcpy(space, &length, sizeof length);
  std::memcpy(space + 8, &length, sizeof length);
  std::memcpy(data_size, &new_size, sizeof new_size);
  if (length == 0) std::memset(data_size - 8, 0xFF, 8);
  return true;
}

/// Other values in the data of one dataset; false when there is none.
bool mutate_values(std::uint8_t* data, std::size_t size, Random& random) {
  const std::vector<std::size_t> places = layouts(data, size);
  if (places.empty()) return false;
  const std::size_t place = places[below(random, places.size())];
  const std::uint64_t address = word_at(data + place);
  const std::uint64_t bytes = word_at(data + place + 8);
  const std::size_t room = size - 512;
  if (bytes == 0 || address > room || bytes > room - address) return false;
  std::uint8_t* values = data + 512 + address;
  const std::size_t element = bytes % 8 == 0 && below(random, 2) == 0 ? 8 : 4;
  if (bytes < element || below(random, 3) == 0) {
    LLVMFuzzerMutate(values, bytes, bytes);
    return true;
  }
  std::uint8_t* value = values + below(random, bytes / element) * element;
  std::uint64_t old = 0;
  std::memcpy(&old, value, element);
  const std::uint64_t odd = odd_number(random, data, size, old);
  std::memcpy(value, &odd, element);
  return true;
}

}  // namespace

void HostileFile::set(std::string_view bytes) const {
  file_.set(forged(std::string(bytes), format_));
}

std::size_t mutate_file(std::uint8_t* data, std::size_t size, std::size_t most, unsigned seed) {
  constexpr std::size_t kLeast = 512 + 96;
  if (size < kLeast) return LLVMFuzzerMutate(data, size, most);
  Random random(seed);
  switch (below(random, 5)) {
    case 0:
      return 512 + LLVMFuzzerMutate(data + 512, size - 512, most - 512);
    case 1: {
      // Where texts point is in steps of four.
      std::uint8_t* word = data + 512 + below(random, (size - 512 - 8) / 4) * 4;
      const std::uint64_t odd = odd_number(random, data, size, word_at(word));
      std::memcpy(word, &odd, below(random, 2) == 0 ? 8 : 4);
      return size;
    }
    case 2:
      if (!mutate_length(data, size, random)) LLVMFuzzerMutate(data + 512, size - 512, size - 512);
      return size;
    default:
      if (!mutate_values(data, size, random)) LLVMFuzzerMutate(data + 512, size - 512, size - 512);
      return size;
  }
}

}  // namespace lockstep::fuzzing

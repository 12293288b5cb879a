#include "framework/corpus/sampler.h"

#include <algorithm>
#include <numeric>
#include <set>
#include <vector>

#include "framework/corpus/permutation.h"
#include "tests/support/catch.h"

using namespace lockstep;

namespace {

/// Sentences whose lengths follow from their numbers.
class MadeUp final : public Dataset {
 public:
  explicit MadeUp(std::uint64_t size) : size_(size) {}
  [[nodiscard]] std::uint64_t size() const override { return size_; }
  [[nodiscard]] std::uint64_t sort_key(std::uint64_t example) const override {
    return target(example) << 32 | source(example);
  }
  [[nodiscard]] std::uint64_t cost(std::uint64_t example) const override { return source(example) + target(example); }
  [[nodiscard]] std::uint64_t words(std::uint64_t example) const override { return target(example); }
  void load_into(std::span<const std::uint64_t>, Examples&) const override {}

 private:
  static std::uint64_t source(std::uint64_t i) { return 2 + i * 7919 % 49; }
  static std::uint64_t target(std::uint64_t i) { return 2 + i * 104729 % 47; }
  std::uint64_t size_;
};

std::vector<std::uint64_t> all_examples(const Batch& batch) {
  std::vector<std::uint64_t> examples;
  for (const auto& shard : batch.shards) examples.insert(examples.end(), shard.begin(), shard.end());
  return examples;
}

std::vector<Batch> epoch_of(Sampler& sampler, std::uint64_t epoch) {
  std::vector<Batch> batches;
  for (std::uint64_t i = 0; i < sampler.batches_per_epoch(); ++i) batches.push_back(sampler.batch(epoch, i));
  return batches;
}

}  // namespace

TEST_CASE("a computed permutation hits every place once", "[corpus]") {
  for (const std::uint64_t size : {1, 2, 3, 4, 5, 16, 17, 1000, 4096, 4097}) {
    const Permutation order(size, 5, RandomPurpose::kPermutation, 2, 0);
    std::set<std::uint64_t> seen;
    for (std::uint64_t place = 0; place < size; ++place) {
      CHECK(order[place] < size);
      seen.insert(order[place]);
    }
    CHECK(seen.size() == size);
  }
}

TEST_CASE("permutations of a seed, an epoch and another look unrelated and even", "[corpus]") {
  constexpr std::uint64_t kSize = 10'000;
  const Permutation a(kSize, 1, RandomPurpose::kPermutation, 0, 0);
  const Permutation b(kSize, 1, RandomPurpose::kPermutation, 1, 0);
  const Permutation c(kSize, 2, RandomPurpose::kPermutation, 0, 0);
  std::uint64_t same_epoch = 0;
  std::uint64_t same_seed = 0;
  double covariance = 0;
  for (std::uint64_t place = 0; place < kSize; ++place) {
    same_epoch += a[place] == b[place] ? 1 : 0;
    same_seed += a[place] == c[place] ? 1 : 0;
    covariance += (static_cast<double>(place) / kSize - 0.5) * (static_cast<double>(a[place]) / kSize - 0.5);
  }
  // Fixed points of a random permutation: one on average. Correlation: deviation 1 / sqrt(size).
  CHECK(same_epoch < 8);
  CHECK(same_seed < 8);
  CHECK(std::abs(covariance / kSize * 12) < 0.04);
}

TEST_CASE("every example comes exactly once an epoch, in batches of the size asked for", "[corpus]") {
  const auto size = GENERATE(1U, 7U, 64U, 1000U, 1025U);
  const auto shards = GENERATE(1U, 4U, 8U);
  const MadeUp dataset(size);
  Sampler sampler(dataset, {3, shards, 5, 4});
  for (const std::uint64_t epoch : {0, 1}) {
    std::vector<std::uint64_t> seen;
    const std::vector<Batch> batches = epoch_of(sampler, epoch);
    for (std::size_t i = 0; i < batches.size(); ++i) {
      const std::vector<std::uint64_t> examples = all_examples(batches[i]);
      CHECK(batches[i].shards.size() == shards);
      CHECK(examples.size() == (i + 1 < batches.size() ? shards * 5 : size - i * shards * 5));
      std::uint64_t words = 0;
      for (const std::uint64_t example : examples) words += dataset.words(example);
      CHECK(batches[i].words == words);
      seen.insert(seen.end(), examples.begin(), examples.end());
    }
    std::ranges::sort(seen);
    std::vector<std::uint64_t> expected(size);
    std::iota(expected.begin(), expected.end(), 0);
    CHECK(seen == expected);
  }
}

TEST_CASE("a batch depends on epoch and index alone, not on what was asked before", "[corpus]") {
  const MadeUp dataset(1003);
  const SamplerSettings settings{9, 4, 4, 5};
  Sampler in_order(dataset, settings);
  const std::vector<Batch> batches = epoch_of(in_order, 3);
  for (std::uint64_t i = batches.size(); i-- > 0;) {
    Sampler fresh(dataset, settings);
    CHECK(fresh.batch(3, i).shards == batches[i].shards);
  }
  CHECK(epoch_of(in_order, 4)[0].shards != batches[0].shards);
  Sampler other_seed(dataset, {10, 4, 4, 5});
  CHECK(other_seed.batch(3, 0).shards != batches[0].shards);
}

TEST_CASE("shards cost about the same and hold sentences alike in length", "[corpus]") {
  const MadeUp dataset(10'000);
  Sampler sampler(dataset, {1, 8, 16, 20});
  double spread_in_shard = 0;
  std::uint64_t shards = 0;
  for (const Batch& batch : epoch_of(sampler, 0)) {
    const std::vector<std::uint64_t> examples = all_examples(batch);
    if (examples.size() < 8 * 16) continue;
    std::uint64_t total = 0;
    std::uint64_t longest = 0;
    for (const std::uint64_t example : examples) {
      total += dataset.cost(example);
      longest = std::max(longest, dataset.cost(example));
    }
    CHECK(std::ranges::is_sorted(examples, {}, [&](std::uint64_t e) { return dataset.sort_key(e); }));
    for (const auto& shard : batch.shards) {
      std::uint64_t cost = 0;
      for (const std::uint64_t example : shard) cost += dataset.cost(example);
      CHECK(std::abs(static_cast<double>(cost) - static_cast<double>(total) / 8) <= static_cast<double>(longest));
      spread_in_shard += static_cast<double>(dataset.words(shard.back()) - dataset.words(shard.front()));
      ++shards;
    }
  }
  // Unsorted, 16 lengths out of 47 would lie 41 apart; 20 batches sorted together, 47 * 16 / 2560.
  CHECK(spread_in_shard / static_cast<double>(shards) < 1.5);
}

TEST_CASE("batches of a pool come in no order of length", "[corpus]") {
  const MadeUp dataset(20'000);
  Sampler sampler(dataset, {1, 4, 8, 20});
  int rises = 0;
  for (std::uint64_t i = 1; i < 400; ++i) {
    const std::uint64_t before = sampler.batch(0, i - 1).words;
    rises += sampler.batch(0, i).words > before ? 1 : 0;
  }
  CHECK(rises > 160);
  CHECK(rises < 240);
}

// An update takes no memory from the system once it has met its shapes. This file replaces operator new for the whole
// test program, to count.
#include <dlfcn.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <new>
#include <vector>

#include "framework/core/huge_pages.h"
#include "framework/training/update_step.h"
#include "models/registry.h"
#include "tests/mpi/world.h"
#include "tests/support/catch.h"
#include "tests/support/compute_kinds.h"

namespace {

thread_local bool counting = false;
thread_local std::size_t allocations = 0;

void* take(std::size_t bytes, std::size_t alignment) {
  if (counting) ++allocations;
  const std::size_t whole = (bytes + alignment - 1) / alignment * alignment;
  void* const memory = alignment <= alignof(std::max_align_t) ? std::malloc(bytes == 0 ? 1 : bytes)
                                                              : std::aligned_alloc(alignment, whole);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace

// All single forms, so that each pair is ours under a sanitizer too, which has its own of those that are left.
void* operator new(std::size_t bytes) {
  return take(bytes, 1);
}
void* operator new(std::size_t bytes, std::align_val_t alignment) {
  return take(bytes, static_cast<std::size_t>(alignment));
}
void* operator new(std::size_t bytes, const std::nothrow_t& /*nothrow*/) noexcept {
  try {
    return take(bytes, 1);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t /*bytes*/) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::align_val_t /*alignment*/) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t /*bytes*/, std::align_val_t /*alignment*/) noexcept {
  std::free(memory);
}

/// oneDNN 2.6 puts the arguments of each product in a hash table of its own, which nobody can spare it: what it takes
/// between call and return isn't counted. The program calls this function in place of the library's.
extern "C" int dnnl_primitive_execute(const void* primitive, void* stream, int count, const void* arguments) {
  using Execute = int (*)(const void*, void*, int, const void*);
  static const auto execute = reinterpret_cast<Execute>(::dlsym(RTLD_NEXT, "dnnl_primitive_execute"));
  const bool counted = counting;
  counting = false;
  const int status = execute(primitive, stream, count, arguments);
  counting = counted;
  return status;
}

namespace lockstep {
namespace {

constexpr std::size_t kWords = 50;

/// Sentences of 1 to 12 words.
class NumberedSentences final : public Dataset {
 public:
  NumberedSentences() {
    for (std::size_t i = 0; i < 64; ++i) {
      source_.emplace_back(2 + i % 12, static_cast<Token>(2 + i % 48));
      target_.emplace_back(2 + i * 5 % 11, static_cast<Token>(2 + i * 7 % 48));
      source_.back().back() = target_.back().back() = kEndOfSentence;
    }
  }
  [[nodiscard]] std::uint64_t size() const override { return source_.size(); }
  [[nodiscard]] std::uint64_t sort_key(std::uint64_t i) const override { return target_[i].size(); }
  [[nodiscard]] std::uint64_t cost(std::uint64_t i) const override { return source_[i].size() + target_[i].size(); }
  [[nodiscard]] std::uint64_t words(std::uint64_t i) const override { return target_[i].size(); }
  void load_into(std::span<const std::uint64_t> examples, Examples& loaded) const override {
    auto& pairs = std::get<SentencePairs>(loaded);
    pairs.source.clear();
    pairs.target.clear();
    for (const std::uint64_t i : examples) {
      pairs.source.emplace_back(source_[i]);
      pairs.target.emplace_back(target_[i]);
    }
  }

 private:
  std::vector<std::vector<Token>> source_, target_;
};

Configuration small_model(const ComputeKind& kind, ModelKind model, CellKind cell, OptimizerKind optimizer) {
  Configuration configuration;
  configuration.model.kind = model;
  configuration.model.cell = cell;
  configuration.model.embedding = 12;
  configuration.model.hidden = 20;
  configuration.model.attention = 18;
  configuration.model.maxout = 10;
  configuration.model.dropout = {0.1, 0.1, 0.1};
  configuration.training.shards = 8;
  configuration.training.label_smoothing = 0.1;
  configuration.training.optimizer.kind = optimizer;
  configuration.compute.gemm = kind.gemm;
  configuration.compute.precision = kind.precision;
  return configuration;
}

}  // namespace

// Of ranks that share memory; messages between nodes need lists of them.
TEST_CASE("an update allocates nothing once it has met its shapes", "[mpi][training]") {
  const NumberedSentences data;
  Batch batches[2];
  for (std::size_t b = 0; b < 2; ++b) {
    batches[b].shards.resize(8);
    for (std::uint64_t i = 0; i < data.size(); ++i) {
      // The second batch leaves a shard empty.
      const std::size_t shard = b == 0 ? i % 8 : i * 3 % 7;
      batches[b].shards[shard].push_back(i);
      batches[b].words += data.words(i);
    }
  }
  for (const ComputeKind& kind : compute_kinds()) {
    for (const ModelKind model_kind : {ModelKind::kRnnSearch, ModelKind::kRnnEncDec}) {
      for (const CellKind cell : {CellKind::kTanh, CellKind::kGru, CellKind::kLstm}) {
        for (const OptimizerKind optimizer : {OptimizerKind::kAdam, OptimizerKind::kAdadelta, OptimizerKind::kSgd}) {
          // What ranks add to the work of one is the same in all.
          if (world().size() > 1 && (cell != CellKind::kGru || optimizer != OptimizerKind::kAdam)) continue;
          CAPTURE(kind.name, model_kind, cell, optimizer);
          const Configuration configuration = small_model(kind, model_kind, cell, optimizer);
          const auto model = make_model<float>(configuration, {kWords, kWords});
          ShardedState state(world(), *model, configuration);
          state.initialize(1);
          UpdateStep step(world(), configuration, data, *model, state);
          std::uint64_t update = 0;
          for (int warm_up = 0; warm_up < 4; ++warm_up, ++update) step.run(update + 1, update + 1, batches[update % 2]);
          allocations = 0;
          counting = true;
          for (int counted = 0; counted < 4; ++counted, ++update) step.run(update + 1, update + 1, batches[update % 2]);
          counting = false;
          CHECK(allocations == 0);
        }
      }
    }
  }
}

TEST_CASE("allocations are counted where they are made", "[mpi][training]") {
  allocations = 0;
  counting = true;
  const std::vector<int> plain(3);
  const auto aligned = std::make_unique<HugeBuffer<float>>(5);
  counting = false;
  CHECK(plain.size() + aligned->size() == 8);  // looked at, so that the compiler leaves them there
  CHECK(allocations == 3);
}

}  // namespace lockstep

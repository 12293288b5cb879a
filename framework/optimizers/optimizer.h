#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "framework/core/configuration.h"
#include "framework/core/huge_pages.h"

namespace lockstep {

/// An array that an optimizer keeps beside the parameters, in their layout.
struct OptimizerSlot {
  std::string name;  ///< its place below /optimizer in a checkpoint
  std::vector<float, HugePageAllocator<float>> values;
};

/// Turns gradients into new parameters, element by element, over one slice of the flat array; its state exists for that
/// slice alone. An element's new value never depends on how the array is cut.
class Optimizer {
 public:
  virtual ~Optimizer() = default;

  /// One update, the `update`-th of the run, counted from 1. Both spans cover the slice: as many elements as slots
  /// have. Each gradient is multiplied by `gradient_scale` first.
  virtual void step(std::uint64_t update, std::span<const float> gradient, float gradient_scale,
                    std::span<float> parameters) = 0;

  [[nodiscard]] virtual double learning_rate() const = 0;

  /// All state there is: zeros before the first update, saved and restored with the run.
  [[nodiscard]] std::vector<OptimizerSlot>& slots() { return slots_; }
  [[nodiscard]] const std::vector<OptimizerSlot>& slots() const { return slots_; }

 protected:
  Optimizer(std::initializer_list<const char*> slot_names, std::size_t elements) {
    for (const char* const name : slot_names) {
      slots_.push_back({name, {}});
      slots_.back().values.resize(elements, 0.0F);
    }
  }

 private:
  std::vector<OptimizerSlot> slots_;
};

/// The optimizer of a configuration for a slice of `elements`, a multiple of kOptimizerGrain.
[[nodiscard]] std::unique_ptr<Optimizer> make_optimizer(const OptimizerConfiguration& configuration,
                                                        std::size_t elements);

}  // namespace lockstep

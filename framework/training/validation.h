#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "framework/corpus/dataset.h"
#include "framework/model.h"
#include "framework/parallel/communicator.h"

namespace lockstep {

/// Cross-entropy of a model on a fixed text, in fixed batches of sentences alike in length, which are dealt to the
/// ranks: the same bits on any number of them.
class Validation {
 public:
  /// `ranks` and `dataset` must outlive it.
  Validation(const Communicator& ranks, const Dataset& dataset, std::size_t batch_sentences);

  /// Predictions in the whole text.
  [[nodiscard]] std::uint64_t words() const { return words_; }
  /// Mean over all words, in nats, with the parameters the model is bound to. `between` is called before each batch;
  /// what it throws, all ranks throw as SharedError. Collective.
  [[nodiscard]] double cross_entropy(Model<float>& model, const std::function<void()>& between = {}) const;

 private:
  const Communicator& ranks_;
  const Dataset& dataset_;
  std::vector<std::vector<std::uint64_t>> batches_;  ///< examples of each
  std::uint64_t words_ = 0;
};

}  // namespace lockstep

#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <set>
#include <vector>

#include "framework/checkpoint/run_record.h"
#include "framework/core/configuration.h"
#include "framework/corpus/sampler.h"
#include "framework/layers/parameters.h"
#include "framework/optimizers/optimizer.h"
#include "tests/framework/training/toy_model.h"

namespace lockstep {

/// Training as its definition says, in one process, over whole arrays, without ranks, slices or buffers: what any
/// number of ranks has to equal bit for bit. Validation is left out.
struct ReferenceRun {
  std::vector<float> parameters;
  std::unique_ptr<Optimizer> optimizer;
  Progress progress;

  /// Updates in `skipped` change nothing but the place in the corpus.
  ReferenceRun(const Configuration& configuration, const ToyDataset& dataset, std::uint64_t updates,
               const std::set<std::uint64_t>& skipped = {}) {
    ToyModel model;
    const std::size_t size = model.layout().size();
    const TrainingConfiguration& training = configuration.training;
    parameters.resize(size);
    initialize<float>(model.layout(), static_cast<std::uint64_t>(configuration.seed), std::span<float>(parameters));
    optimizer = make_optimizer(training.optimizer, size);
    Sampler sampler(
        dataset, {static_cast<std::uint64_t>(configuration.seed), static_cast<std::size_t>(training.shards),
                  static_cast<std::size_t>(training.shard_sentences), static_cast<std::size_t>(training.pool_batches)});
    for (progress.update = 1; progress.update <= updates; ++progress.update) {
      model.bind(parameters);
      const Batch& batch = sampler.batch(progress.epoch, progress.batch);
      if (skipped.contains(progress.update)) {
        ++progress.skipped;
      } else {
        const std::vector<float> gradient = sum(configuration, dataset, model, batch, 0, batch.shards.size());
        const double mean = 1 / static_cast<double>(batch.words);
        const double norm = std::sqrt(squares(gradient)) * mean;
        const double clip = training.clip_norm > 0 && norm > training.clip_norm ? training.clip_norm / norm : 1;
        optimizer->step(progress.update - progress.skipped, gradient, static_cast<float>(mean * clip), parameters);
        progress.words += batch.words;
      }
      if (++progress.batch == sampler.batches_per_epoch()) {
        progress.batch = 0;
        ++progress.epoch;
      }
    }
    progress.update = updates;
  }

 private:
  /// The tree over shards [begin, end): left half plus right half.
  std::vector<float> sum(const Configuration& configuration, const ToyDataset& dataset, ToyModel& model,
                         const Batch& batch, std::size_t begin, std::size_t end) const {
    if (end - begin == 1) {
      std::vector<float> gradient(parameters.size(), 0.0F);
      if (batch.shards[begin].empty()) return gradient;
      model.gradients(
          dataset.load(batch.shards[begin]),
          {static_cast<std::uint64_t>(configuration.seed), progress.update, static_cast<std::uint32_t>(begin)},
          gradient, {});
      return gradient;
    }
    const std::size_t middle = begin + (end - begin) / 2;
    std::vector<float> left = sum(configuration, dataset, model, batch, begin, middle);
    const std::vector<float> right = sum(configuration, dataset, model, batch, middle, end);
    for (std::size_t i = 0; i < left.size(); ++i) left[i] += right[i];
    return left;
  }

  /// Sums of squares as squared_block_sums defines them: element i of a block of 1024 goes to partial sum i mod 16.
  static double squares(const std::vector<float>& gradient) {
    double total = 0;
    for (std::size_t begin = 0; begin < gradient.size(); begin += 1024) {
      double partial[16] = {};
      for (std::size_t i = begin; i < std::min(begin + 1024, gradient.size()); ++i) {
        partial[i % 16] += static_cast<double>(gradient[i]) * static_cast<double>(gradient[i]);
      }
      double block = 0;
      for (const double value : partial) block += value;
      total += block;
    }
    return total;
  }
};

}  // namespace lockstep

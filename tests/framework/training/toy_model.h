#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include "framework/corpus/dataset.h"
#include "framework/model.h"

namespace lockstep {

/// Numbers in place of sentences: made from a seed, of different lengths.
class ToyDataset final : public Dataset {
 public:
  ToyDataset(std::size_t size, std::uint32_t seed) {
    std::uint32_t state = seed;
    const auto draw = [&](std::uint32_t below) {
      state = state * 1664525U + 1013904223U;
      return (state >> 8) % below;
    };
    for (std::size_t i = 0; i < size; ++i) {
      source_.emplace_back(1 + draw(9));
      target_.emplace_back(1 + draw(6));
      for (Token& token : source_.back()) token = static_cast<Token>(draw(50));
      for (Token& token : target_.back()) token = source_.back().front() % 10 + static_cast<Token>(draw(2));
    }
  }
  [[nodiscard]] std::uint64_t size() const override { return source_.size(); }
  [[nodiscard]] std::uint64_t sort_key(std::uint64_t i) const override {
    return target_[i].size() << 32 | source_[i].size();
  }
  [[nodiscard]] std::uint64_t cost(std::uint64_t i) const override { return source_[i].size() + target_[i].size(); }
  [[nodiscard]] std::uint64_t words(std::uint64_t i) const override { return target_[i].size(); }
  void load_into(std::span<const std::uint64_t> examples, Examples& loaded) const override {
    auto& pairs = std::get<SentencePairs>(loaded);
    pairs = {};
    for (const std::uint64_t i : examples) {
      pairs.source.emplace_back(source_[i]);
      pairs.target.emplace_back(target_[i]);
    }
  }

 private:
  std::vector<std::vector<Token>> source_, target_;
};

/// A linear regression over embedded tokens: each target is guessed as table[source] · weight + bias, averaged over the
/// source; the loss is the squared error. The targets of a shard are shaken by its key, in the place of dropout.
class ToyModel final : public Model<float> {
 public:
  static constexpr std::size_t kTokens = 50;
  static constexpr std::size_t kWidth = 64;

  ToyModel() {
    layout_.add("table", kTokens, kWidth, InitialValue::normal(0.1), true);
    layout_.add("output/weight", 1, kWidth, InitialValue::normal(0.1));
    layout_.add("output/bias", 1, 1, InitialValue::zero());
  }

  /// Called at the start of gradients(); may throw, for tests of what happens then.
  std::function<void(const ShardKey&)> before_gradients;
  /// Called when some gradients have been said to be ready and others haven't; may throw.
  std::function<void(const ShardKey&)> between_ready;
  /// Called on the gradients at the end; may spoil them.
  std::function<void(const ShardKey&, std::span<float>)> after_gradients;
  /// Whether the loss of a shard is no number, though its gradient is.
  std::function<bool(const ShardKey&)> spoil_loss;
  /// Called before each loss() of a validation; may throw.
  std::function<void()> before_loss;

  [[nodiscard]] const ParameterLayout& layout() const override { return layout_; }
  void bind(std::span<const float> parameters) override { parameters_ = parameters; }

  ShardLoss gradients(const Examples& examples, const ShardKey& key, std::span<float> gradients,
                      const GradientReady& ready) override {
    if (before_gradients) before_gradients(key);
    zero_outside_row_blocks(layout_, gradients);
    touched_.clear();
    for (const auto source : std::get<SentencePairs>(examples).source)
      touched_.insert(touched_.end(), source.begin(), source.end());
    for (const Token token : touched_) {
      float* const row = gradients.data() + layout_[0].offset + static_cast<std::size_t>(token) * kWidth;
      std::fill(row, row + kWidth, 0.0F);
    }
    touched_rows_ = touched_;
    const float shake = 0.01F * static_cast<float>((key.seed + 7 * key.update + 13 * key.shard) % 11);
    ShardLoss loss = run(std::get<SentencePairs>(examples), shake, gradients);
    if (spoil_loss && spoil_loss(key)) loss.objective = std::numeric_limits<double>::quiet_NaN();
    if (after_gradients) after_gradients(key, gradients);
    if (ready) ready(layout_[1].offset, layout_.size());
    if (between_ready) between_ready(key);
    if (ready) ready(0, layout_[1].offset);
    return loss;
  }
  [[nodiscard]] std::vector<std::pair<std::size_t, std::size_t>> ready_order() const override {
    return {{layout_[1].offset, layout_.size()}, {0, layout_[1].offset}};
  }
  std::span<const std::span<const Token>> touched_rows() const override { return {&touched_rows_, 1}; }
  ShardLoss loss(const Examples& examples) override {
    if (before_loss) before_loss();
    return run(std::get<SentencePairs>(examples), 0, {});
  }
  std::vector<Alignment> alignments(const Examples& /*examples*/) override { return {}; }
  std::unique_ptr<IncrementalDecoder<float>> start_decoding(
      std::span<const std::span<const Token>> /*sources*/) override {
    return nullptr;
  }

 private:
  ShardLoss run(const SentencePairs& pairs, float shake, std::span<float> gradients) const {
    const float* const table = parameters_.data() + layout_[0].offset;
    const float* const weight = parameters_.data() + layout_[1].offset;
    const float bias = parameters_[layout_[2].offset];
    ShardLoss loss;
    for (std::size_t pair = 0; pair < pairs.source.size(); ++pair) {
      const float share = 1.0F / static_cast<float>(pairs.source[pair].size());
      std::vector<float> mean(kWidth, 0.0F);
      for (const Token token : pairs.source[pair]) {
        for (std::size_t i = 0; i < kWidth; ++i) mean[i] += share * table[static_cast<std::size_t>(token) * kWidth + i];
      }
      const float guess = std::inner_product(mean.begin(), mean.end(), weight, bias);
      float slope = 0;
      for (const Token token : pairs.target[pair]) {
        const float error = guess - 0.1F * static_cast<float>(token) - shake;
        loss.objective += static_cast<double>(error) * error;
        slope += 2 * error;
      }
      loss.words += pairs.target[pair].size();
      if (gradients.empty()) continue;
      gradients[layout_[2].offset] += slope;
      for (std::size_t i = 0; i < kWidth; ++i) gradients[layout_[1].offset + i] += slope * mean[i];
      for (const Token token : pairs.source[pair]) {
        float* const row = gradients.data() + layout_[0].offset + static_cast<std::size_t>(token) * kWidth;
        for (std::size_t i = 0; i < kWidth; ++i) row[i] += slope * share * weight[i];
      }
    }
    loss.cross_entropy = loss.objective;
    return loss;
  }

  ParameterLayout layout_;
  std::span<const float> parameters_;
  std::vector<Token> touched_;
  std::span<const Token> touched_rows_;
};

}  // namespace lockstep

#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "framework/evaluation/metric.h"
#include "framework/evaluation/tokenizer.h"

namespace lockstep {

/// What stands for the precision of an order without a match (Chen and Cherry 2014).
enum class Smoothing {
  kExp,    ///< half of what one match would give, a quarter at the next such order, …
  kFloor,  ///< a small count (0.1) in place of none
  kAddK,   ///< k (1) more matches and n-grams at the orders above 1
  kNone    ///< nothing: the score is 0
};

inline constexpr std::array<std::pair<std::string_view, Smoothing>, 4> kSmoothings = {
    {{"exp", Smoothing::kExp}, {"floor", Smoothing::kFloor}, {"add-k", Smoothing::kAddK}, {"none", Smoothing::kNone}}};

struct BleuSettings {
  Tokenizer tokenizer = Tokenizer::k13a;
  bool lowercase = false;
  Smoothing smoothing = Smoothing::kExp;
  std::optional<double> smoothing_value;  ///< of floor and add-k; their defaults are 0.1 and 1
  bool effective_order = false;           ///< leave out orders longer than the hypothesis; for single sentences
};

/// What BLEU is made of.
struct BleuParts {
  double value = 0;                    ///< 0 to 100
  std::array<double, 4> precisions{};  ///< of n-grams of order 1 to 4, smoothed, 0 to 100
  double brevity_penalty = 0;
  std::int64_t hypothesis_length = 0;
  std::int64_t reference_length = 0;  ///< each sentence's closest
};

/// BLEU of n-grams up to four (Papineni et al. 2002), as sacreBLEU has it. A sentence's integers: length of the
/// hypothesis, length of the reference closest to it (the shorter of two), matches of order 1 to 4, n-grams of order 1
/// to 4.
class Bleu final : public Metric {
 public:
  static constexpr std::size_t kOrders = 4;

  explicit Bleu(const BleuSettings& settings) : settings_(settings) {}

  [[nodiscard]] std::string name() const override { return "BLEU"; }
  [[nodiscard]] std::string settings() const override;
  [[nodiscard]] std::size_t width() const override { return 2 + 2 * kOrders; }
  void count(std::string_view hypothesis, std::span<const std::string_view> references,
             std::span<std::int64_t> statistics) const override;
  [[nodiscard]] Score score(std::span<const std::int64_t> sums) const override;

  [[nodiscard]] BleuParts parts(std::span<const std::int64_t> sums) const;

 private:
  [[nodiscard]] std::vector<std::u32string> words(std::string_view line) const;
  [[nodiscard]] double smoothing_value() const;

  BleuSettings settings_;
};

}  // namespace lockstep

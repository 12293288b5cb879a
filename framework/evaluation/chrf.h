#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "framework/evaluation/metric.h"

namespace lockstep {

struct ChrfSettings {
  std::size_t word_order = 0;  ///< 0: chrF2; 2: chrF2++
  bool lowercase = false;
};

/// chrF2 and chrF2++ (Popović 2015, 2017) as sacreBLEU has them: F-score, recall weighing twice, of precision and
/// recall averaged over character n-grams of order 1 to 6, white space left out, and word n-grams of order 1 to
/// word_order. Of several references the one with the best F-score counts. A sentence's integers, for each order:
/// n-grams of the hypothesis, of the reference, matches.
class Chrf final : public Metric {
 public:
  static constexpr std::size_t kCharacterOrders = 6;

  explicit Chrf(const ChrfSettings& settings) : settings_(settings) {}

  [[nodiscard]] std::string name() const override;
  [[nodiscard]] std::string settings() const override;
  [[nodiscard]] std::size_t width() const override { return 3 * orders(); }
  void count(std::string_view hypothesis, std::span<const std::string_view> references,
             std::span<std::int64_t> statistics) const override;
  [[nodiscard]] Score score(std::span<const std::int64_t> sums) const override;

 private:
  [[nodiscard]] std::size_t orders() const { return kCharacterOrders + settings_.word_order; }
  [[nodiscard]] double f_score(std::span<const std::int64_t> sums) const;

  ChrfSettings settings_;
};

}  // namespace lockstep

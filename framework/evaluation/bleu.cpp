#include "framework/evaluation/bleu.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "framework/core/unicode.h"
#include "framework/evaluation/ngrams.h"

namespace lockstep {
namespace {

std::string_view smoothing_name(Smoothing smoothing) {
  return std::find_if(kSmoothings.begin(), kSmoothings.end(),
                      [smoothing](const auto& entry) { return entry.second == smoothing; })
      ->first;
}

double brevity_penalty_of(std::int64_t hypothesis_length, std::int64_t reference_length) {
  if (hypothesis_length >= reference_length) return 1;
  if (hypothesis_length == 0) return 0;
  return std::exp(1 - static_cast<double>(reference_length) / static_cast<double>(hypothesis_length));
}

}  // namespace

std::string Bleu::settings() const {
  std::string smoothing(smoothing_name(settings_.smoothing));
  if (settings_.smoothing == Smoothing::kFloor || settings_.smoothing == Smoothing::kAddK) {
    smoothing += fmt::format("[{:.2f}]", smoothing_value());
  }
  return fmt::format("case:{}|eff:{}|tok:{}|smooth:{}", settings_.lowercase ? "lc" : "mixed",
                     settings_.effective_order ? "yes" : "no", tokenizer_name(settings_.tokenizer), smoothing);
}

double Bleu::smoothing_value() const {
  return settings_.smoothing_value.value_or(settings_.smoothing == Smoothing::kFloor ? 0.1 : 1.0);
}

std::vector<std::u32string> Bleu::words(std::string_view line) const {
  std::u32string characters = decode_utf8(line);
  if (settings_.lowercase) characters = to_lower(characters);
  return tokenize(settings_.tokenizer, strip_end(characters));
}

void Bleu::count(std::string_view hypothesis, std::span<const std::string_view> references,
                 std::span<std::int64_t> statistics) const {
  WordNumbers numbers;
  const std::u32string sequence = numbers.number(words(hypothesis));
  const auto length = static_cast<std::int64_t>(sequence.size());
  std::array<NgramCounts, kOrders> allowed;
  std::int64_t closest = -1;
  for (const std::string_view reference : references) {
    const std::u32string other = numbers.number(words(reference));
    const auto other_length = static_cast<std::int64_t>(other.size());
    const std::int64_t distance = std::abs(other_length - length);
    const std::int64_t least = std::abs(closest - length);
    if (closest < 0 || distance < least || (distance == least && other_length < closest)) closest = other_length;
    for (std::size_t n = 1; n <= kOrders; ++n) allowed[n - 1].raise_to(NgramCounts(other, n));
  }
  statistics[0] = length;
  statistics[1] = closest;
  for (std::size_t n = 1; n <= kOrders; ++n) {
    const NgramCounts ngrams(sequence, n);
    statistics[1 + n] = ngrams.matches(allowed[n - 1]);
    statistics[1 + kOrders + n] = ngrams.total();
  }
}

BleuParts Bleu::parts(std::span<const std::int64_t> sums) const {
  BleuParts parts;
  parts.hypothesis_length = sums[0];
  parts.reference_length = sums[1];
  parts.brevity_penalty = brevity_penalty_of(sums[0], sums[1]);
  const std::span<const std::int64_t> matched = sums.subspan(2, kOrders);
  if (std::all_of(matched.begin(), matched.end(), [](std::int64_t count) { return count == 0; })) return parts;

  double halvings = 1;
  std::size_t orders = kOrders;
  for (std::size_t n = 1; n <= kOrders; ++n) {
    auto matches = static_cast<double>(sums[1 + n]);
    auto total = static_cast<double>(sums[1 + kOrders + n]);
    if (settings_.smoothing == Smoothing::kAddK && n > 1) {
      matches += smoothing_value();
      total += smoothing_value();
    }
    if (total == 0) break;
    if (settings_.effective_order) orders = n;
    double& precision = parts.precisions[n - 1];
    if (matches > 0) {
      precision = 100 * matches / total;
    } else if (settings_.smoothing == Smoothing::kExp) {
      halvings *= 2;
      precision = 100 / (halvings * total);
    } else if (settings_.smoothing == Smoothing::kFloor) {
      precision = 100 * smoothing_value() / total;
    }
  }
  double logarithms = 0;
  for (std::size_t n = 0; n < orders; ++n) logarithms += std::log(parts.precisions[n]);  // log 0 makes the score 0
  parts.value = parts.brevity_penalty * std::exp(logarithms / static_cast<double>(orders));
  return parts;
}

Score Bleu::score(std::span<const std::int64_t> sums) const {
  const BleuParts found = parts(sums);
  const double ratio = found.reference_length == 0
                           ? 0
                           : static_cast<double>(found.hypothesis_length) / static_cast<double>(found.reference_length);
  const auto& p = found.precisions;
  return {found.value,
          fmt::format("{:.1f}/{:.1f}/{:.1f}/{:.1f} (BP = {:.3f} ratio = {:.3f} hyp_len = {} ref_len = {})", p[0], p[1],
                      p[2], p[3], found.brevity_penalty, ratio, found.hypothesis_length, found.reference_length)};
}

}  // namespace lockstep

#include "framework/evaluation/metric.h"

#include <fmt/format.h>

#include <algorithm>

#include "framework/core/errors.h"
#include "framework/core/unicode.h"

namespace lockstep {
namespace {

bool is_blank(std::string_view text) {
  const std::u32string characters = decode_utf8(text);
  return std::all_of(characters.begin(), characters.end(), is_white_space);
}

/// The references of a sentence that are there.
std::vector<std::string_view> present(const References& references, std::size_t sentence) {
  std::vector<std::string_view> found;
  for (const std::vector<std::string>& file : references) {
    if (!is_blank(file[sentence])) found.emplace_back(file[sentence]);
  }
  if (found.empty()) found.emplace_back();
  return found;
}

}  // namespace

std::vector<std::int64_t> SentenceStatistics::sum() const {
  std::vector<std::int64_t> sums(width);
  for (std::size_t i = 0; i < values.size(); ++i) sums[i % width] += values[i];
  return sums;
}

SentenceStatistics count_sentences(const Metric& metric, std::span<const std::string> hypotheses,
                                   const References& references) {
  if (references.empty()) throw DataError("a score needs references; give at least one file of them");
  for (const std::vector<std::string>& file : references) {
    if (file.size() == hypotheses.size()) continue;
    throw DataError(fmt::format("{} hypotheses, but {} references; line n of one must translate as line n of the other",
                                hypotheses.size(), file.size()));
  }
  SentenceStatistics statistics{metric.width(), {}};
  statistics.values.resize(hypotheses.size() * metric.width());
  for (std::size_t k = 0; k < hypotheses.size(); ++k) {
    metric.count(hypotheses[k], present(references, k),
                 std::span(statistics.values).subspan(k * metric.width(), metric.width()));
  }
  return statistics;
}

std::string reference_count(const References& references) {
  if (references.empty() || references.front().empty()) return fmt::to_string(references.size());
  const std::size_t first = present(references, 0).size();
  for (std::size_t k = 1; k < references.front().size(); ++k) {
    if (present(references, k).size() != first) return "var";
  }
  return fmt::to_string(first);
}

std::string signature(const Metric& metric, const References& references, std::string_view trials) {
  return fmt::format("nrefs:{}|{}{}{}|version:{}", reference_count(references), trials, trials.empty() ? "" : "|",
                     metric.settings(), kSacreBleuVersion);
}

std::string score_line(const Metric& metric, const Score& score, int decimals) {
  return fmt::format("{} = {:.{}f}{}{}", metric.name(), score.value, decimals, score.detail.empty() ? "" : " ",
                     score.detail);
}

}  // namespace lockstep

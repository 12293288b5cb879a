#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep {

/// A source word and a target word that translate each other; both count from 0.
struct Link {
  std::uint32_t source = 0;
  std::uint32_t target = 0;
  bool sure = true;  ///< else only possible

  bool operator==(const Link&) const = default;
};

/// The links of one sentence pair, sorted, each pair of words once.
using SentenceLinks = std::vector<Link>;

/// Reads "0-0 1-2 2?1": `-` between source and target word means sure, `?` possible. Of a pair that is there as both,
/// sure counts. Throws DataError with file, line and column.
[[nodiscard]] SentenceLinks parse_links(std::string_view line, std::string_view file, std::size_t line_number);

/// The same as text; empty where there are no links.
[[nodiscard]] std::string format_links(const SentenceLinks& links);

/// How found links A compare with gold links: sure S and possible P, which holds S (Och and Ney 2003). Add those of
/// many sentences to get a corpus' numbers.
struct LinkCounts {
  std::uint64_t found = 0;              ///< |A|
  std::uint64_t sure = 0;               ///< |S|
  std::uint64_t found_in_sure = 0;      ///< |A ∩ S|
  std::uint64_t found_in_possible = 0;  ///< |A ∩ P|

  LinkCounts& operator+=(const LinkCounts& other);

  /// |A ∩ P| / |A|, |A ∩ S| / |S|, and 1 − (|A ∩ S| + |A ∩ P|) / (|A| + |S|). Nothing found of nothing is perfect.
  [[nodiscard]] double precision() const;
  [[nodiscard]] double recall() const;
  [[nodiscard]] double error_rate() const;
};

/// A is all of `found`, possible ones too. Both sorted, as parse_links leaves them.
[[nodiscard]] LinkCounts compare_links(const SentenceLinks& found, const SentenceLinks& gold);

}  // namespace lockstep

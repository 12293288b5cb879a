#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep {

/// The version of sacreBLEU whose rules, score lines and signatures these are.
inline constexpr std::string_view kSacreBleuVersion = "2.6.0";

struct Score {
  double value = 0;    ///< 0 to 100
  std::string detail;  ///< what stands behind the value in a score line; empty where nothing does
};

/// A score over a corpus that is a function of sums of integers, some for each sentence.
class Metric {
 public:
  Metric() = default;
  Metric(const Metric&) = delete;
  Metric& operator=(const Metric&) = delete;
  virtual ~Metric() = default;

  /// "BLEU", "chrF2", "chrF2++".
  [[nodiscard]] virtual std::string name() const = 0;
  /// The settings as in sacreBLEU's signature, without references and version: "case:mixed|eff:no|tok:13a|smooth:exp".
  [[nodiscard]] virtual std::string settings() const = 0;
  /// How many integers a sentence has.
  [[nodiscard]] virtual std::size_t width() const = 0;
  /// The integers of one sentence, into `statistics` [width]. References: at least one.
  virtual void count(std::string_view hypothesis, std::span<const std::string_view> references,
                     std::span<std::int64_t> statistics) const = 0;
  /// The score of sums over sentences, [width].
  [[nodiscard]] virtual Score score(std::span<const std::int64_t> sums) const = 0;
};

/// The integers of all sentences of a corpus.
struct SentenceStatistics {
  std::size_t width = 0;
  std::vector<std::int64_t> values;  ///< [sentences][width]

  [[nodiscard]] std::size_t size() const { return width == 0 ? 0 : values.size() / width; }
  [[nodiscard]] std::span<const std::int64_t> row(std::size_t sentence) const {
    return std::span(values).subspan(sentence * width, width);
  }
  [[nodiscard]] std::vector<std::int64_t> sum() const;
};

/// Lines of one or more reference files: [file][sentence].
using References = std::vector<std::vector<std::string>>;

/// Counts every sentence. A reference that is empty (white space at its end aside) counts as absent where another one
/// is there, as in sacreBLEU; where all are, one empty reference stands. Throws DataError when a file has another
/// number of lines than `hypotheses`.
[[nodiscard]] SentenceStatistics count_sentences(const Metric& metric, std::span<const std::string> hypotheses,
                                                 const References& references);

/// How many references the sentences have, for a signature: "1", "2", … or "var".
[[nodiscard]] std::string reference_count(const References& references);

/// sacreBLEU's signature: "nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:2.6.0". `trials` stands behind nrefs
/// where it isn't empty: "bs:1000|seed:12345".
[[nodiscard]] std::string signature(const Metric& metric, const References& references, std::string_view trials = "");

/// sacreBLEU's score line: "BLEU = 48.53 82.4/50.0/45.5/37.5 (BP = 0.943 ratio = 0.944 hyp_len = 17 ref_len = 18)".
[[nodiscard]] std::string score_line(const Metric& metric, const Score& score, int decimals = 2);

}  // namespace lockstep

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <variant>
#include <vector>

namespace lockstep {

using Token = std::int32_t;

/// Ids that every vocabulary has.
inline constexpr Token kEndOfSentence = 0;
inline constexpr Token kUnknown = 1;

/// Sentence pairs by token, each sentence with its end-of-sentence token. The tokens belong to the dataset.
struct SentencePairs {
  std::vector<std::span<const Token>> source;
  std::vector<std::span<const Token>> target;
};

/// The examples of one shard. Only datasets and models look inside, so that training, reduction, optimizers and
/// checkpoints serve every kind of input: another kind is another alternative.
using Examples = std::variant<SentencePairs>;

/// Numbered examples; safe to read from several threads.
class Dataset {
 public:
  virtual ~Dataset() = default;
  [[nodiscard]] virtual std::uint64_t size() const = 0;
  /// Examples that stand side by side in this order are alike in shape: target length first, then source length.
  [[nodiscard]] virtual std::uint64_t sort_key(std::uint64_t example) const = 0;
  /// What an example costs to compute, in units that only compare: words of both sides.
  [[nodiscard]] virtual std::uint64_t cost(std::uint64_t example) const = 0;
  /// Predictions an example asks for: target words with end-of-sentence. Losses are means over these.
  [[nodiscard]] virtual std::uint64_t words(std::uint64_t example) const = 0;
  /// Into `loaded`, whose memory is used again: nothing is allocated when it has held as many before.
  virtual void load_into(std::span<const std::uint64_t> examples, Examples& loaded) const = 0;
  [[nodiscard]] Examples load(std::span<const std::uint64_t> examples) const {
    Examples loaded;
    load_into(examples, loaded);
    return loaded;
  }
};

}  // namespace lockstep

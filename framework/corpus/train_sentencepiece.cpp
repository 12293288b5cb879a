#include "framework/corpus/train_sentencepiece.h"

#include <fmt/format.h>
#include <sentencepiece_trainer.h>

#include <algorithm>
#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

#include "framework/core/errors.h"
#include "framework/corpus/dataset.h"
#include "framework/corpus/word_vocabulary.h"

namespace lockstep {
namespace {

// Pieces never cross a blank, and the library's estimation works on different words and their counts. Only its search
// for first candidates, one suffix array on one thread with 20 bytes a character, looks at running text: most of the
// time and memory that learning took. So it is given words with their counts from the start, frequent ones thinned out.
// BPE learns the very same pieces from them. One in ten unigram pieces differs, and they describe text as well (8,000
// for Canada's laws: 0.1 % more tokens, 0.3 % less negative log-likelihood; a third less processor time, 210 MB instead
// of 710).

/// Of so many occurrences of a frequent word one is kept for the search.
constexpr std::uint64_t kThinning = 8;

/// The trainer's lines, `text<tab>count`. Which blanks part words is what the library's normalisation takes for one
/// among the ASCII characters; others it finds itself.
std::vector<std::string> lines_of_words(const SentenceSource& sentences) {
  TextMap<std::uint64_t> counts;
  std::string_view sentence;
  while (sentences(sentence)) {
    for (std::size_t end = 0; end < sentence.size(); ++end) {
      const std::size_t begin = end;
      end = std::min(sentence.find_first_of(" \t", begin), sentence.size());
      if (end > begin) add_count(counts, sentence.substr(begin, end - begin), 1);
    }
  }
  // A hash table's order is the library's: sorted, lines are a function of the text.
  std::vector<std::pair<std::string_view, std::uint64_t>> words(counts.begin(), counts.end());
  std::ranges::sort(words);
  std::vector<std::string> lines;
  for (const auto& [word, count] : words) {
    // Twice in a line, before a blank and at the end: what one character alone follows is no candidate, as a longer one
    // stands for it.
    const std::uint64_t doubled = count < 2 ? 0 : std::max<std::uint64_t>(1, count / (2 * kThinning));
    const std::uint64_t share = doubled == 0 ? 0 : count / (2 * doubled);
    lines.insert(lines.end(), doubled, fmt::format("{0} {0}\t{1}", word, share));
    const std::uint64_t rest = count - 2 * doubled * share;
    if (rest > 0) lines.push_back(fmt::format("{}\t{}", word, rest));
  }
  return lines;
}

/// Lines for the trainer, one at a time.
class Lines final : public sentencepiece::SentenceIterator {
 public:
  explicit Lines(const std::vector<std::string>& lines) : lines_(lines) {}
  [[nodiscard]] bool done() const override { return next_ == lines_.size(); }
  void Next() override { ++next_; }
  [[nodiscard]] const std::string& value() const override { return lines_[next_]; }
  [[nodiscard]] sentencepiece::util::Status status() const override { return {}; }

 private:
  const std::vector<std::string>& lines_;
  std::size_t next_ = 0;
};

}  // namespace

std::string train_sentencepiece(const VocabularyConfiguration& settings, const SentenceSource& sentences) {
  const std::unordered_map<std::string, std::string> options = {
      {"model_type", settings.algorithm == PieceAlgorithm::kBpe ? "bpe" : "unigram"},
      {"vocab_size", std::to_string(settings.size)},
      {"hard_vocab_limit", "false"},
      {"eos_id", std::to_string(kEndOfSentence)},
      {"unk_id", std::to_string(kUnknown)},
      {"bos_id", "-1"},
      {"pad_id", "-1"},
      // Every character of the text gets a piece: the library's own 0.9995 leaves rare letters of French unknown.
      {"character_coverage", "1.0"},
      {"input_format", "tsv"},
      // Longer lines are skipped. The library's own 4192 is for sentences; a doubled word without blanks is longer.
      {"max_sentence_length", "16384"},
      // Sums of floats are cut by thread, so that another number of threads gives other pieces: a fixed one makes the
      // corpus a function of text and settings on every machine, whatever its cores and whatever --threads says.
      {"num_threads", "4"},
      {"shuffle_input_sentence", "false"},
      {"minloglevel", "3"},
  };
  const std::vector<std::string> lines = lines_of_words(sentences);
  Lines iterator(lines);
  std::string model;
  const auto status = sentencepiece::SentencePieceTrainer::Train(options, &iterator, &model);
  if (status.ok()) return model;
  std::string reason = status.ToString();
  for (char& c : reason) c = c == '\n' ? ' ' : c;
  throw ConfigError(
      fmt::format("corpus.vocabulary.size: a sentencepiece vocabulary of {} entries can't be learnt from "
                  "this text: {}; choose another size",
                  settings.size, reason));
}

}  // namespace lockstep

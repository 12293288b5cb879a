// Text as every program reads it: lines, characters, words of the metrics, and scores of one line against another.
#include <string>
#include <vector>

#include "framework/core/unicode.h"
#include "framework/corpus/text_reader.h"
#include "framework/corpus/word_vocabulary.h"
#include "framework/evaluation/bleu.h"
#include "framework/evaluation/chrf.h"
#include "framework/evaluation/metric.h"
#include "framework/evaluation/tokenizer.h"
#include "framework/inspection/terminal_text.h"
#include "tests/fuzz/fuzzing.h"

using namespace lockstep;

namespace {

std::vector<std::string> lines_of(const std::string& path, InvalidText invalid) {
  TextReader reader(path, invalid);
  std::vector<std::string> lines;
  for (std::string_view line; reader.next(line);) {
    fuzzing::require(!find_invalid_utf8(line) && line.find('\n') == std::string_view::npos);
    lines.emplace_back(line);
  }
  fuzzing::require(reader.line_number() == lines.size());
  return lines;
}

void look_at_characters(const std::string& line) {
  const std::u32string characters = decode_utf8(line);
  fuzzing::require(encode_utf8(characters) == line);
  static_cast<void>(to_lower(characters));
  std::string joined;
  for (const std::string_view grapheme : graphemes(line)) joined += grapheme;
  fuzzing::require(joined == line);
  static_cast<void>(printable(line));
  fuzzing::require(display_width(fit_width(line, 10)) <= 10);
  for (const auto& [name, tokenizer] : kTokenizers) static_cast<void>(tokenize(tokenizer, strip_end(characters)));
}

void score(const Metric& metric, const std::string& hypothesis, const std::string& reference) {
  std::vector<std::int64_t> sums(metric.width());
  const std::string_view references[] = {reference};
  metric.count(hypothesis, references, sums);
  const double value = metric.score(sums).value;
  fuzzing::require(value >= 0 && value <= 100.0001);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const fuzzing::MemoryFile file;
  file.set(fuzzing::text_of(data, size));
  fuzzing::works_or_refuses([] { static_cast<void>(lines_of(file.path(), InvalidText::kRefuse)); });
  const std::vector<std::string> lines = lines_of(file.path(), InvalidText::kReplace);
  const WordVocabulary words({"</s>", "<unk>", "the", "dog"});
  for (const std::string& line : lines) {
    look_at_characters(line);
    fuzzing::require(words.encode(line).size() == words.surfaces(line).size());
    for (const auto& [name, tokenizer] : kTokenizers) {
      BleuSettings settings;
      settings.tokenizer = tokenizer;
      score(Bleu(settings), line, lines.front());
    }
    score(Chrf({}), line, lines.front());
  }
  return 0;
}

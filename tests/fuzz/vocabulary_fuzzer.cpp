// The sentencepiece model that a corpus file or a checkpoint holds.
#include "framework/corpus/sentencepiece_vocabulary.h"
#include "tests/fuzz/fuzzing.h"

using namespace lockstep;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzzing::works_or_refuses([&] {
    const SentencePieceVocabulary vocabulary{std::string(fuzzing::text_of(data, size))};
    for (const char* line : {"", "Two dogs play.", "\u00C9t\u00E9 \uFB01n\u3000\u212B \U0001F600", "   a  "}) {
      static_cast<void>(vocabulary.surfaces(line));
      const std::vector<Token> tokens = vocabulary.encode(line);
      for (const Token token : tokens) {
        fuzzing::require(token >= 0 && static_cast<std::size_t>(token) < vocabulary.size());
      }
      static_cast<void>(vocabulary.decode(tokens));
    }
  });
  return 0;
}

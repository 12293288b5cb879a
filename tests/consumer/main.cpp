// A program of somebody else's: reads a checkpoint, translates a line and scores the translation against another.
//
//   consumer CHECKPOINT "a sentence" "its translation"

#include <cstdio>
#include <string>
#include <vector>

#include "framework/decoding/load_model.h"
#include "framework/decoding/translator.h"
#include "framework/evaluation/bleu.h"
#include "framework/parallel/mpi_scope.h"
#include "models/registry.h"

using namespace lockstep;

int main(int argc, char** argv) {
  if (argc != 4) return static_cast<int>(ExitCode::kUsage);
  const auto translate = [&](const Communicator& ranks) {
    const LoadedModel loaded = load_model(argv[1], make_text_model);
    const Translator translator(ranks, {loaded.model.get()}, loaded.vocabularies, {});
    const std::vector<std::string> lines = {argv[2]};
    const std::vector<std::string> translations = {translator.translate(lines).front().best.front().text};
    const Bleu bleu({});
    const Score score = bleu.score(count_sentences(bleu, translations, {{argv[3]}}).sum());
    if (ranks.rank() == 0) std::printf("%s\n%s\n", translations.front().c_str(), score_line(bleu, score).c_str());
    return ExitCode::kDone;
  };
  const auto print = [](const std::string& error) { std::fprintf(stderr, "consumer: %s\n", error.c_str()); };
  return static_cast<int>(MpiScope::run(translate, print));
}

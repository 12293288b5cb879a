// lockstep prepare on two texts, parted by a byte 0xFF behind the first, which chooses the vocabulary; what it made is
// read back.
#include <filesystem>

#include "framework/corpus/prepare.h"
#include "tests/fuzz/fuzzing.h"

using namespace lockstep;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const fuzzing::Folder folder;
  static const fuzzing::MemoryFile source;
  static const fuzzing::MemoryFile target;
  if (size == 0) return 0;
  CorpusConfiguration corpus;
  corpus.source = {source.path()};
  corpus.target = {target.path()};
  corpus.vocabulary.kind = data[0] % 4 == 0 ? VocabularyKind::kSentencePiece : VocabularyKind::kWord;
  corpus.vocabulary.algorithm = data[0] % 8 == 0 ? PieceAlgorithm::kBpe : PieceAlgorithm::kUnigram;
  corpus.vocabulary.joint = data[0] / 8 % 2 == 0;
  corpus.vocabulary.size = 40;
  std::string_view rest = fuzzing::text_of(data, size).substr(1);
  source.set(fuzzing::take_part(rest));
  target.set(rest);
  fuzzing::works_or_refuses([&] {
    const std::filesystem::path path = folder / "corpus.h5";
    const PrepareSummary summary = prepare_corpus(
        corpus, path, [](std::string_view, std::uint64_t, std::uint64_t) {}, 1);
    const ParallelCorpus read(path);
    fuzzing::require(read.digest() == summary.digest && read.train().size() == summary.train.kept);
  });
  return 0;
}

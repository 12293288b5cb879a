// A corpus file, read as training and inspect do.
#include "framework/corpus/parallel_corpus.h"
#include "framework/corpus/sampler.h"
#include "launch/inspect_corpus.h"
#include "tests/fuzz/hostile_file.h"

using namespace lockstep;

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t most, unsigned seed) {
  return fuzzing::mutate_file(data, size, most, seed);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const fuzzing::HostileFile file(kCorpusFormat);
  file.set(fuzzing::text_of(data, size));
  fuzzing::works_or_refuses([] {
    const ParallelCorpus corpus(file.path());
    static_cast<void>(describe_corpus(corpus));
    for (const ParallelDataset* part : {&corpus.train(), &corpus.validation()}) {
      for (std::uint64_t i = 0; i < part->size(); ++i) {
        static_cast<void>(corpus.vocabularies().target->decode(part->target()[i]));
      }
      if (part->size() == 0) continue;
      Sampler sampler(*part, {1, 2, 3, 2});
      for (std::uint64_t i = 0; i < sampler.batches_per_epoch(); ++i) {
        for (const auto& shard : sampler.batch(0, i).shards) static_cast<void>(part->load(shard));
      }
    }
    static_cast<void>(corpus.vocabularies().source->encode("Two dogs play in the snow ."));
    static_cast<void>(corpus.validation_text());
  });
  return 0;
}

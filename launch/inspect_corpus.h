#pragma once

#include <filesystem>
#include <string>

#include "framework/corpus/parallel_corpus.h"

namespace lockstep {

/// What a corpus holds, in lines for people: pairs kept and left out, tokens, unknown rates, vocabularies, digest.
[[nodiscard]] std::string describe_corpus(const ParallelCorpus& corpus);

/// Prints the summary of a corpus file to standard output. Throws DataError when it is none or is damaged.
void inspect_corpus(const std::filesystem::path& file);

}  // namespace lockstep

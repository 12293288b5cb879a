#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "framework/core/configuration.h"
#include "framework/core/ordered_workers.h"
#include "framework/corpus/parallel_corpus.h"

namespace lockstep {

/// Told now and then how far the preparation is: `done` of `total` pairs of a stage; total 0 when it isn't known.
using PrepareProgress = std::function<void(std::string_view stage, std::uint64_t done, std::uint64_t total)>;

struct PrepareSummary {
  PairCounts train;
  PairCounts validation;
  FileDigest digest;                          ///< of the corpus file
  std::vector<std::string> byte_order_marks;  ///< files whose byte order mark was skipped
};

/// What the corpus file depends on beside the text, as YAML: the same whatever the files are called.
[[nodiscard]] std::string preparation_settings(const CorpusConfiguration& corpus);

/// True when the corpus file `path` was prepared from this very text with these settings. Throws DataError when a file
/// of the text can't be read; a corpus file that is absent or can't be used is not up to date.
[[nodiscard]] bool is_prepared(const CorpusConfiguration& corpus, const std::filesystem::path& path);

/// Text to the corpus file `path`, whose folder exists: learns the vocabularies, encodes, leaves out pairs with an
/// empty side or over max_length. The file's bytes follow from text and settings alone, for any number of `threads`
/// (1 and more), which count words and encode. Memory is bounded by learning (learn_vocabularies), the validation text
/// and a MB or two a thread; tokens wait on disk. Throws DataError for bad text (file, line) and for one that
/// changes while it is read, ConfigError, RunError (full disk). `progress` is called from the caller's thread.
PrepareSummary prepare_corpus(const CorpusConfiguration& corpus, const std::filesystem::path& path,
                              const PrepareProgress& progress, std::size_t threads = usable_processors());

}  // namespace lockstep

#include "launch/run_corpus.h"

#include <fmt/format.h>

#include <filesystem>

#include "framework/core/errors.h"
#include "framework/corpus/prepare.h"

namespace lockstep {

ParallelCorpus open_run_corpus(const Configuration& configuration, const std::string& file) {
  const std::filesystem::path path = std::filesystem::path(configuration.run) / "corpus.h5";
  if (!std::filesystem::exists(path)) {
    throw DataError(fmt::format("{}: no such file; first: lockstep prepare {}", path.string(), file));
  }
  ParallelCorpus corpus(path);
  if (corpus.config() != preparation_settings(configuration.corpus)) {
    throw ConfigError(
        fmt::format("{}: was prepared with other corpus settings than {} has; lockstep prepare {} --force",
                    path.string(), file, file));
  }
  return corpus;
}

}  // namespace lockstep

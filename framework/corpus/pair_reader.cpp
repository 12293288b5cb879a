#include "framework/corpus/pair_reader.h"

#include <fmt/format.h>

#include "framework/core/errors.h"

namespace lockstep {

PairReader::PairReader(const ParallelFiles& files, InvalidText invalid) : files_(files), invalid_(invalid) {
  if (files.source.size() != files.target.size()) {
    throw ConfigError(fmt::format("corpus: {} source files and {} target files; name them in pairs",
                                  files.source.size(), files.target.size()));
  }
  if (!files.source.empty()) open(0);
}

void PairReader::open(std::size_t file) {
  file_ = file;
  source_.emplace(files_.source[file], invalid_);
  target_.emplace(files_.target[file], invalid_);
  for (const TextReader* reader : {&*source_, &*target_}) {
    if (reader->had_byte_order_mark()) byte_order_marks_.push_back(reader->path().string());
  }
}

bool PairReader::next(std::string_view& source, std::string_view& target) {
  while (source_) {
    const bool has_source = source_->next(source);
    const bool has_target = target_->next(target);
    if (has_source != has_target) refuse_lengths();
    if (has_source) return true;
    if (file_ + 1 == files_.source.size()) return false;
    open(file_ + 1);
  }
  return false;
}

void PairReader::refuse_lengths() {
  std::string_view line;
  while (source_->next(line)) continue;
  while (target_->next(line)) continue;
  throw DataError(
      fmt::format("{} has {} lines and {} has {}; line n of one must be the translation of line n of the other",
                  source_->path().string(), source_->line_number(), target_->path().string(), target_->line_number()));
}

FileDigest digest_of_text(const CorpusConfiguration& corpus) {
  Digester all;
  for (const auto* files : {&corpus.source, &corpus.target, &corpus.validation.source, &corpus.validation.target}) {
    all.add(fmt::format("{} files\n", files->size()));
    for (const std::string& file : *files) all.add(to_string(digest_of_file(file)));
  }
  return all.digest();
}

}  // namespace lockstep

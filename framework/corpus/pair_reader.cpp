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
    if (digests_.source.size() == file_) {
      digests_.source.push_back(source_->digest());
      digests_.target.push_back(target_->digest());
    }
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

FileDigest digest_of_text(const FilePairDigests& train, const FilePairDigests& validation) {
  Digester all;
  for (const auto* files : {&train.source, &train.target, &validation.source, &validation.target}) {
    all.add(fmt::format("{} files\n", files->size()));
    for (const FileDigest& file : *files) all.add(to_string(file));
  }
  return all.digest();
}

FileDigest digest_of_text(const CorpusConfiguration& corpus) {
  const auto read = [](const std::vector<std::string>& files) {
    std::vector<FileDigest> digests;
    for (const std::string& file : files) digests.push_back(digest_of_file(file));
    return digests;
  };
  return digest_of_text({read(corpus.source), read(corpus.target)},
                        {read(corpus.validation.source), read(corpus.validation.target)});
}

}  // namespace lockstep

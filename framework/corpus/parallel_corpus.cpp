#include "framework/corpus/parallel_corpus.h"

#include <fmt/format.h>

#include <algorithm>

#include "framework/core/errors.h"

namespace lockstep {
namespace {

/// Sentences between two times that the pages read so far are given back while a corpus is checked.
constexpr std::uint64_t kCheckedAtOnce = 100'000;

std::uint64_t read_count(const FileReader& file, std::string_view group, std::string_view name) {
  std::uint64_t value = 0;
  file.read_part<std::uint64_t>(fmt::format("{}/counts/{}", group, name), 0, {&value, 1});
  return value;
}

constexpr const char* kSourceText = "/validation/text/source";
constexpr const char* kTargetText = "/validation/text/target";

}  // namespace

void write_validation_text(FileWriter& file, const PairLines& lines) {
  file.write_texts(kSourceText, lines.source);
  file.write_texts(kTargetText, lines.target);
}

MappedSentences::MappedSentences(const FileReader& file, std::string_view group, std::size_t vocabulary_size)
    : tokens_(file.map<Token>(fmt::format("{}/tokens", group))),
      offsets_(file.map<std::uint64_t>(fmt::format("{}/offsets", group))) {
  const auto refuse = [&](std::string_view what) {
    throw DataError(fmt::format("{}: {} {}; {}", file.path().string(), group, what, kCorpusFormat.remedy));
  };
  const std::span<const Token> all = tokens_.values();
  const std::span<const std::uint64_t> offsets = offsets_.values();
  if (offsets.empty() || offsets.front() != 0 || offsets.back() != all.size())
    refuse("has offsets that miss its tokens");
  for (std::uint64_t i = 0; i + 1 < offsets.size(); ++i) {
    if (offsets[i + 1] <= offsets[i] || offsets[i + 1] > all.size()) refuse("has offsets that do not rise");
    const std::span<const Token> sentence = all.subspan(offsets[i], offsets[i + 1] - offsets[i]);
    if (sentence.back() != kEndOfSentence) refuse("has a sentence without its end");
    for (const Token token : sentence) {
      if (token < 0 || static_cast<std::size_t>(token) >= vocabulary_size) refuse("has a token outside its vocabulary");
    }
    if ((i + 1) % kCheckedAtOnce == 0) tokens_.release_pages();
  }
  tokens_.release_pages();
}

ParallelDataset::ParallelDataset(const FileReader& file, std::string_view group, const Vocabularies& vocabularies)
    : source_(file, fmt::format("{}/source", group), vocabularies.source->size()),
      target_(file, fmt::format("{}/target", group), vocabularies.target->size()),
      counts_{read_count(file, group, "read"),           read_count(file, group, "kept"),
              read_count(file, group, "empty"),          read_count(file, group, "too_long"),
              read_count(file, group, "source_unknown"), read_count(file, group, "target_unknown")} {
  if (source_.size() != target_.size()) {
    throw DataError(
        fmt::format("{}: {} has sides of different length; {}", file.path().string(), group, kCorpusFormat.remedy));
  }
}

std::uint64_t ParallelDataset::sort_key(std::uint64_t example) const {
  return target_.length(example) << 32 | source_.length(example);
}

std::uint64_t ParallelDataset::cost(std::uint64_t example) const {
  return source_.length(example) + target_.length(example);
}

void ParallelDataset::load_into(std::span<const std::uint64_t> examples, Examples& loaded) const {
  auto& pairs = std::get<SentencePairs>(loaded);
  pairs.source.clear();
  pairs.target.clear();
  for (const std::uint64_t example : examples) {
    pairs.source.push_back(source_[example]);
    pairs.target.push_back(target_[example]);
  }
}

ParallelCorpus::ParallelCorpus(const std::filesystem::path& path)
    : file_(std::make_unique<FileReader>(path, kCorpusFormat)), vocabularies_(read_vocabularies(*file_)) {
  train_ = std::make_unique<ParallelDataset>(*file_, "/train", vocabularies_);
  validation_ = std::make_unique<ParallelDataset>(*file_, "/validation", vocabularies_);
  digest_ = file_->digest();
  config_ = file_->read_text("/config");
  text_digest_ = file_->read_text("/text");
}

PairLines ParallelCorpus::validation_text() const {
  if (!file_->has(kSourceText)) return {};
  PairLines lines{file_->read_texts(kSourceText), file_->read_texts(kTargetText)};
  if (lines.source.size() != validation_->size() || lines.target.size() != validation_->size()) {
    throw DataError(fmt::format("{}: /validation has {} pairs and text of {} and {} lines; {}", file_->path().string(),
                                validation_->size(), lines.source.size(), lines.target.size(), kCorpusFormat.remedy));
  }
  return lines;
}

}  // namespace lockstep

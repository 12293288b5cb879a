#include "framework/corpus/corpus_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

namespace lockstep {
namespace {

std::uint64_t count_unknown(std::span<const Token> tokens) {
  return static_cast<std::uint64_t>(std::ranges::count(tokens, kUnknown));
}

}  // namespace

SentenceCollector::SentenceCollector(const std::filesystem::path& folder) : tokens_(folder), offsets_(folder) {
  const std::uint64_t start[] = {0};
  offsets_.append(start);
}

void SentenceCollector::add(std::span<const Token> tokens) {
  tokens_.append(tokens);
  const Token end[] = {kEndOfSentence};
  tokens_.append(end);
  const std::uint64_t offset[] = {tokens_.size()};
  offsets_.append(offset);
}

void SentenceCollector::write(FileWriter& file, std::string_view group) {
  write_scratch(tokens_, file, fmt::format("{}/tokens", group));
  write_scratch(offsets_, file, fmt::format("{}/offsets", group));
}

PairCollector::PairCollector(const std::filesystem::path& folder, std::size_t max_length)
    : max_length_(max_length), source_(folder), target_(folder) {}

bool PairCollector::add(std::span<const Token> source, std::span<const Token> target) {
  ++counts_.read;
  if (source.empty() || target.empty()) {
    ++counts_.empty;
  } else if (source.size() > max_length_ || target.size() > max_length_) {
    ++counts_.too_long;
  } else {
    ++counts_.kept;
    counts_.source_unknown += count_unknown(source);
    counts_.target_unknown += count_unknown(target);
    source_.add(source);
    target_.add(target);
    return true;
  }
  return false;
}

void PairCollector::write(FileWriter& file, std::string_view group) {
  source_.write(file, fmt::format("{}/source", group));
  target_.write(file, fmt::format("{}/target", group));
  const auto write_count = [&](std::string_view name, std::uint64_t value) {
    file.write<std::uint64_t>(fmt::format("{}/counts/{}", group, name), {&value, 1});
  };
  write_count("read", counts_.read);
  write_count("kept", counts_.kept);
  write_count("empty", counts_.empty);
  write_count("too_long", counts_.too_long);
  write_count("source_unknown", counts_.source_unknown);
  write_count("target_unknown", counts_.target_unknown);
}

}  // namespace lockstep

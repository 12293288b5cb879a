#include "framework/inspection/alignments_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <unordered_map>
#include <utility>

#include "framework/core/errors.h"
#include "framework/storage/scratch_file.h"

namespace lockstep {
namespace {

/// Texts that are held in memory at once while a file is written or read.
constexpr std::uint64_t kTextsAtOnce = 256;

template <typename T>
void append(ScratchFile<T>& file, T value) {
  file.append(std::span<const T>(&value, 1));
}

/// HDF5's texts end at a NUL, which may stand in a line that a user feeds in.
std::string without_nul(const std::string& text) {
  std::string copy;
  for (const char byte : text) {
    if (byte == '\0') {
      copy += "\uFFFD";
    } else {
      copy += byte;
    }
  }
  return copy;
}

/// Texts on disk, until their number is known.
class TextCollector {
 public:
  explicit TextCollector(const std::filesystem::path& folder) : bytes_(folder), begin_(folder) {
    append<std::uint64_t>(begin_, 0);
  }

  void add(const std::string& text) {
    const std::string copy = without_nul(text);
    bytes_.append(std::span(reinterpret_cast<const std::uint8_t*>(copy.data()), copy.size()));
    append(begin_, bytes_.size());
  }

  void write(FileWriter& file, std::string_view name) {
    const std::uint64_t count = begin_.size() - 1;
    file.create_texts(name, count);
    for (std::uint64_t at = 0; at < count; at += kTextsAtOnce) {
      std::vector<std::uint64_t> begin(std::min(kTextsAtOnce, count - at) + 1);
      begin_.read(at, begin);
      std::vector<std::string> texts;
      for (std::size_t i = 0; i + 1 < begin.size(); ++i) {
        std::string text(begin[i + 1] - begin[i], '\0');
        bytes_.read(begin[i], std::span(reinterpret_cast<std::uint8_t*>(text.data()), text.size()));
        texts.push_back(std::move(text));
      }
      file.write_texts_part(name, at, texts);
    }
  }

 private:
  ScratchFile<std::uint8_t> bytes_;
  ScratchFile<std::uint64_t> begin_;
};

/// One side: texts, and tokens as places in the list of all distinct ones.
class SideCollector {
 public:
  explicit SideCollector(const std::filesystem::path& folder) : texts_(folder), tokens_(folder), begin_(folder) {
    append<std::uint64_t>(begin_, 0);
  }

  void add(const std::string& text, const std::vector<std::string>& tokens) {
    texts_.add(text);
    for (const std::string& token : tokens) {
      const auto [place, is_new] = places_.try_emplace(token, static_cast<std::uint32_t>(vocabulary_.size()));
      if (is_new) vocabulary_.push_back(without_nul(token));
      append(tokens_, place->second);
    }
    append(begin_, tokens_.size());
  }

  void write(FileWriter& file, std::string_view group) {
    texts_.write(file, fmt::format("{}/text", group));
    file.write_texts(fmt::format("{}/vocabulary", group), vocabulary_);
    write_scratch(tokens_, file, fmt::format("{}/tokens", group));
    write_scratch(begin_, file, fmt::format("{}/begin", group));
  }

 private:
  TextCollector texts_;
  std::unordered_map<std::string, std::uint32_t> places_;
  std::vector<std::string> vocabulary_;
  ScratchFile<std::uint32_t> tokens_;
  ScratchFile<std::uint64_t> begin_;
};

[[noreturn]] void refuse(const FileReader& file, std::string_view name, std::string_view what) {
  throw DataError(fmt::format("{}: {} {}; {}", file.path().string(), name, what, kAlignmentsFormat.remedy));
}

/// Ragged values of n sentences, mapped; making one checks that its offsets start at 0, never fall and end with it.
template <typename T>
class Ragged {
 public:
  Ragged(const FileReader& file, const std::string& values, const std::string& begin, std::size_t n)
      : values_(file.map<T>(values)), begin_(file.map<std::uint64_t>(begin)) {
    const std::span<const std::uint64_t> offsets = begin_.values();
    if (offsets.size() != n + 1) refuse(file, begin, "has not one offset more than there are sentences");
    if (offsets.front() != 0 || offsets.back() != values_.values().size() || !std::ranges::is_sorted(offsets)) {
      refuse(file, begin, "has offsets that miss their values");
    }
  }

  [[nodiscard]] std::span<const T> operator[](std::size_t k) const {
    const std::span<const std::uint64_t> offsets = begin_.values();
    return values_.values().subspan(offsets[k], offsets[k + 1] - offsets[k]);
  }

 private:
  MappedArray<T> values_;
  MappedArray<std::uint64_t> begin_;
};

/// The texts of one side, some at a time, and its tokens.
class StoredSide {
 public:
  StoredSide(const FileReader& file, const std::string& group, std::size_t n)
      : file_(file),
        name_(group),
        vocabulary_(file.read_texts(group + "/vocabulary")),
        tokens_(file, group + "/tokens", group + "/begin", n),
        size_(n) {
    const std::string text = group + "/text";
    if (file.shape(text) != std::vector<std::uint64_t>{n}) refuse(file, text, "has not one text for each sentence");
  }

  [[nodiscard]] const std::string& text(std::size_t k) {
    const std::size_t block = k / kTextsAtOnce;
    if (texts_.empty() || block != block_) {
      const std::uint64_t at = block * kTextsAtOnce;
      texts_ = file_.read_texts_part(name_ + "/text", at, std::min(kTextsAtOnce, size_ - at));
      block_ = block;
    }
    return texts_[k % kTextsAtOnce];
  }

  [[nodiscard]] std::vector<std::string> tokens(std::size_t k) const {
    std::vector<std::string> tokens;
    tokens.reserve(tokens_[k].size());
    for (const std::uint32_t token : tokens_[k]) {
      if (token >= vocabulary_.size()) refuse(file_, name_, "has tokens outside their vocabulary");
      tokens.push_back(vocabulary_[token]);
    }
    return tokens;
  }

 private:
  const FileReader& file_;
  std::string name_;
  std::vector<std::string> vocabulary_;
  Ragged<std::uint32_t> tokens_;
  std::uint64_t size_;
  std::vector<std::string> texts_;
  std::size_t block_ = 0;
};

}  // namespace

struct AlignmentsWriter::State {
  FileWriter file;
  ScratchFile<std::uint64_t> line;
  ScratchFile<double> score;
  SideCollector source;
  SideCollector target;
  ScratchFile<float> values;
  ScratchFile<std::uint64_t> begin;

  State(const std::filesystem::path& path, const std::filesystem::path& folder)
      : file(path, kAlignmentsFormat),
        line(folder),
        score(folder),
        source(folder),
        target(folder),
        values(folder),
        begin(folder) {}
};

AlignmentsWriter::AlignmentsWriter(const std::filesystem::path& path, const AlignmentsInfo& info)
    : state_(std::make_unique<State>(path, folder_of(path))) {
  state_->file.write_text("/kind", info.kind);
  state_->file.write_texts("/checkpoints", info.checkpoints);
  state_->file.write_text("/settings", info.settings);
  append<std::uint64_t>(state_->begin, 0);
}

AlignmentsWriter::~AlignmentsWriter() = default;

void AlignmentsWriter::add(const AlignedSentence& sentence) {
  const Alignment& alignment = sentence.alignment;
  if (alignment.rows != sentence.target.size() || alignment.columns != sentence.source.size() ||
      alignment.weights.size() != alignment.rows * alignment.columns) {
    throw std::invalid_argument("an alignment whose shape is not that of its tokens");
  }
  append(state_->line, sentence.line);
  append(state_->score, sentence.score);
  state_->source.add(sentence.source_text, sentence.source);
  state_->target.add(sentence.target_text, sentence.target);
  state_->values.append(alignment.weights);
  append(state_->begin, state_->values.size());
}

void AlignmentsWriter::commit() {
  write_scratch(state_->line, state_->file, "/line");
  write_scratch(state_->score, state_->file, "/score");
  state_->source.write(state_->file, "/source");
  state_->target.write(state_->file, "/target");
  write_scratch(state_->values, state_->file, "/alpha/values");
  write_scratch(state_->begin, state_->file, "/alpha/begin");
  state_->file.commit();
}

struct AlignmentsReader::State {
  FileReader file;
  AlignmentsInfo info;
  MappedArray<std::uint64_t> line;
  MappedArray<double> score;
  StoredSide source;
  StoredSide target;
  Ragged<float> alpha;

  explicit State(const std::filesystem::path& path)
      : file(path, kAlignmentsFormat),
        info{file.read_text("/kind"), file.read_texts("/checkpoints"), file.read_text("/settings")},
        line(file.map<std::uint64_t>("/line")),
        score(file.map<double>("/score")),
        source(file, "/source", line.values().size()),
        target(file, "/target", line.values().size()),
        alpha(file, "/alpha/values", "/alpha/begin", line.values().size()) {
    if (score.values().size() != line.values().size()) refuse(file, "/score", "has not one value for each sentence");
  }
};

AlignmentsReader::AlignmentsReader(const std::filesystem::path& path) : state_(std::make_unique<State>(path)) {}

AlignmentsReader::~AlignmentsReader() = default;

const AlignmentsInfo& AlignmentsReader::info() const {
  return state_->info;
}

std::size_t AlignmentsReader::size() const {
  return state_->line.values().size();
}

AlignedSentence AlignmentsReader::read(std::size_t k) const {
  if (k >= size()) throw std::out_of_range("a sentence behind the last one");
  State& s = *state_;
  AlignedSentence sentence;
  sentence.line = s.line.values()[k];
  sentence.score = s.score.values()[k];
  sentence.source_text = s.source.text(k);
  sentence.target_text = s.target.text(k);
  sentence.source = s.source.tokens(k);
  sentence.target = s.target.tokens(k);
  const std::span<const float> weights = s.alpha[k];
  sentence.alignment = {sentence.target.size(), sentence.source.size(), {weights.begin(), weights.end()}};
  if (weights.size() != sentence.alignment.rows * sentence.alignment.columns) {
    refuse(s.file, "/alpha/begin", fmt::format("gives sentence {} a matrix that misses its tokens", k + 1));
  }
  return sentence;
}

}  // namespace lockstep

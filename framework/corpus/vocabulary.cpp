#include "framework/corpus/vocabulary.h"

#include <fmt/format.h>

#include "framework/core/errors.h"
#include "framework/corpus/sentencepiece_vocabulary.h"
#include "framework/corpus/word_vocabulary.h"

namespace lockstep {
namespace {

constexpr std::string_view kSourceGroup = "/vocabulary/source";
constexpr std::string_view kTargetGroup = "/vocabulary/target";

std::string_view name_of(VocabularyKind kind) {
  return kind == VocabularyKind::kWord ? "word" : "sentencepiece";
}

}  // namespace

void Vocabulary::write(FileWriter& file, std::string_view group) const {
  file.write_text(fmt::format("{}/kind", group), name_of(kind()));
  file.write_texts(fmt::format("{}/tokens", group), pieces_);
}

FileDigest Vocabulary::digest() const {
  Digester digester;
  digester.add(name_of(kind()));
  for (const std::string& piece : pieces_) {
    digester.add("\n");
    digester.add(piece);
  }
  return digester.digest();
}

std::shared_ptr<const Vocabulary> read_vocabulary(const FileReader& file, std::string_view group) {
  const std::string kind = file.read_text(fmt::format("{}/kind", group));
  std::vector<std::string> pieces = file.read_texts(fmt::format("{}/tokens", group));
  if (pieces.size() < 2) {
    throw DataError(fmt::format("{}: {} has no tokens; make the file again", file.path().string(), group));
  }
  if (kind == name_of(VocabularyKind::kWord)) return std::make_shared<WordVocabulary>(std::move(pieces));
  if (kind == name_of(VocabularyKind::kSentencePiece)) {
    const std::vector<std::uint8_t> model = file.read<std::uint8_t>(fmt::format("{}/model", group));
    auto vocabulary = std::make_shared<SentencePieceVocabulary>(std::string(model.begin(), model.end()));
    if (vocabulary->pieces() == pieces) return vocabulary;
    throw DataError(fmt::format("{}: {}/model and tokens differ; make the file again", file.path().string(), group));
  }
  throw DataError(
      fmt::format("{}: {} is of unknown kind '{}'; use a newer Lockstep", file.path().string(), group, kind));
}

void write_vocabularies(FileWriter& file, const Vocabularies& vocabularies) {
  vocabularies.source->write(file, kSourceGroup);
  vocabularies.target->write(file, kTargetGroup);
}

Vocabularies read_vocabularies(const FileReader& file) {
  Vocabularies read{read_vocabulary(file, kSourceGroup), read_vocabulary(file, kTargetGroup)};
  if (read.source->digest() == read.target->digest()) read.target = read.source;
  return read;
}

}  // namespace lockstep

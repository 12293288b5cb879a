#include "framework/corpus/sentencepiece_vocabulary.h"

#include <fmt/format.h>
#include <sentencepiece_processor.h>

#include <utility>

#include "framework/core/errors.h"
#include "framework/corpus/sentencepiece_model.h"

namespace lockstep {
namespace {

std::unique_ptr<sentencepiece::SentencePieceProcessor> load(const std::string& model) {
  check_sentencepiece_model(model);
  auto processor = std::make_unique<sentencepiece::SentencePieceProcessor>();
  const auto status = processor->LoadFromSerializedProto(model);
  if (!status.ok()) {
    throw DataError(fmt::format("vocabulary: the sentencepiece model can't be read: {}; prepare the corpus again",
                                status.ToString()));
  }
  if (processor->GetPieceSize() < 2 || processor->eos_id() != kEndOfSentence || processor->unk_id() != kUnknown) {
    throw DataError("vocabulary: the sentencepiece model does not begin with </s>, <unk>; prepare the corpus again");
  }
  return processor;
}

std::vector<std::string> pieces_of(const sentencepiece::SentencePieceProcessor& processor) {
  std::vector<std::string> pieces;
  pieces.reserve(static_cast<std::size_t>(processor.GetPieceSize()));
  for (int id = 0; id < processor.GetPieceSize(); ++id) pieces.push_back(processor.IdToPiece(id));
  return pieces;
}

}  // namespace

SentencePieceVocabulary::SentencePieceVocabulary(const std::string& model)
    : SentencePieceVocabulary(model, load(model)) {}

SentencePieceVocabulary::SentencePieceVocabulary(std::string model,
                                                 std::unique_ptr<sentencepiece::SentencePieceProcessor> processor)
    : Vocabulary(pieces_of(*processor)), model_(std::move(model)), processor_(std::move(processor)) {}

SentencePieceVocabulary::~SentencePieceVocabulary() = default;

std::vector<Token> SentencePieceVocabulary::encode(std::string_view line) const {
  std::vector<int> ids;
  const auto status = processor_->Encode(line, &ids);
  if (!status.ok()) throw DataError(fmt::format("a line can't be cut to pieces: {}", status.ToString()));
  return {ids.begin(), ids.end()};
}

std::vector<std::string> SentencePieceVocabulary::surfaces(std::string_view line) const {
  std::vector<std::string> pieces;
  const auto status = processor_->Encode(line, &pieces);
  if (!status.ok()) throw DataError(fmt::format("a line can't be cut to pieces: {}", status.ToString()));
  return pieces;
}

std::string SentencePieceVocabulary::decode(std::span<const Token> tokens) const {
  std::string text;
  const auto status = processor_->Decode(std::vector<int>(tokens.begin(), tokens.end()), &text);
  if (!status.ok()) throw DataError(fmt::format("tokens can't be turned to text: {}", status.ToString()));
  return text;
}

void SentencePieceVocabulary::write(FileWriter& file, std::string_view group) const {
  Vocabulary::write(file, group);
  const std::vector<std::uint8_t> bytes(model_.begin(), model_.end());
  file.write<std::uint8_t>(fmt::format("{}/model", group), bytes);
}

FileDigest SentencePieceVocabulary::digest() const {
  Digester digester;
  digester.add(model_);
  return digester.digest();
}

}  // namespace lockstep

#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "framework/corpus/vocabulary.h"

namespace sentencepiece {
class SentencePieceProcessor;
}

namespace lockstep {

/// Subwords of a sentencepiece model, which rides along as bytes.
class SentencePieceVocabulary final : public Vocabulary {
 public:
  /// `model`: a serialized sentencepiece model. Throws DataError when it is none or its first ids are not ours.
  explicit SentencePieceVocabulary(const std::string& model);
  ~SentencePieceVocabulary() override;

  [[nodiscard]] VocabularyKind kind() const override { return VocabularyKind::kSentencePiece; }
  [[nodiscard]] std::vector<Token> encode(std::string_view line) const override;
  [[nodiscard]] std::vector<std::string> surfaces(std::string_view line) const override;
  [[nodiscard]] std::string decode(std::span<const Token> tokens) const override;
  void write(FileWriter& file, std::string_view group) const override;
  [[nodiscard]] FileDigest digest() const override;

 private:
  SentencePieceVocabulary(std::string model, std::unique_ptr<sentencepiece::SentencePieceProcessor> processor);

  std::string model_;
  std::unique_ptr<sentencepiece::SentencePieceProcessor> processor_;
};

}  // namespace lockstep

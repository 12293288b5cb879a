#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "framework/core/configuration.h"
#include "framework/corpus/dataset.h"
#include "framework/storage/file.h"

namespace lockstep {

/// Turns lines into tokens and back. Id 0 is the end of a sentence, 1 stands for everything unknown.
/// Immutable; safe to use from several threads.
class Vocabulary {
 public:
  virtual ~Vocabulary() = default;
  [[nodiscard]] virtual VocabularyKind kind() const = 0;
  /// The tokens of a line, without end-of-sentence.
  [[nodiscard]] virtual std::vector<Token> encode(std::string_view line) const = 0;
  /// The stretch of text behind each token of encode(line), as people write it: a piece keeps its ▁ for a blank, and
  /// what is unknown stands as it is in the line.
  [[nodiscard]] virtual std::vector<std::string> surfaces(std::string_view line) const = 0;
  /// The text of tokens; end-of-sentence tokens add nothing.
  [[nodiscard]] virtual std::string decode(std::span<const Token> tokens) const = 0;

  [[nodiscard]] std::size_t size() const { return pieces_.size(); }
  /// What token `id`, from 0 to size() - 1, looks like.
  [[nodiscard]] const std::string& piece(Token id) const { return pieces_.at(static_cast<std::size_t>(id)); }
  [[nodiscard]] const std::vector<std::string>& pieces() const { return pieces_; }

  /// Datasets below `group`: `kind`, `tokens` (text of each id) and what else the kind needs.
  virtual void write(FileWriter& file, std::string_view group) const;
  /// Vocabularies of equal digests encode alike.
  [[nodiscard]] virtual FileDigest digest() const;

 protected:
  explicit Vocabulary(std::vector<std::string> pieces) : pieces_(std::move(pieces)) {}

 private:
  std::vector<std::string> pieces_;
};

/// Reads what Vocabulary::write wrote below `group`. Throws DataError.
[[nodiscard]] std::shared_ptr<const Vocabulary> read_vocabulary(const FileReader& file, std::string_view group);

/// Both sides' vocabularies: one and the same object when they are joint.
struct Vocabularies {
  std::shared_ptr<const Vocabulary> source;
  std::shared_ptr<const Vocabulary> target;
};

/// Below `/vocabulary/source` and `/vocabulary/target`, in a corpus file and a checkpoint alike.
void write_vocabularies(FileWriter& file, const Vocabularies& vocabularies);
[[nodiscard]] Vocabularies read_vocabularies(const FileReader& file);

}  // namespace lockstep

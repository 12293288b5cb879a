#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "framework/corpus/dataset.h"
#include "framework/layers/time_major.h"
#include "framework/numeric/matrix.h"

namespace lockstep {

/// Sentence pairs laid out for an encoder and a decoder, each side time-major in its own order of length. Memory is
/// reused from one batch to the next.
class PairBatch {
 public:
  /// The pairs of one shard, or of several that are computed together: a power of two of them.
  void assign(std::span<const SentencePairs* const> shards);

  [[nodiscard]] std::size_t sentences() const { return source_.sentences(); }
  [[nodiscard]] const TimeMajor& source() const { return source_; }
  [[nodiscard]] const TimeMajor& target() const { return target_; }

  /// Source words, in the order of source().
  [[nodiscard]] std::span<const Token> source_words() const { return source_words_; }
  /// y_i, in the order of target().
  [[nodiscard]] std::span<const Token> target_words() const { return target_words_; }
  /// y_{i−1}, in the order of target(); −1 before the first word.
  [[nodiscard]] std::span<const Token> previous_words() const { return previous_words_; }

  /// Where the source sentence of the decoder's k-th sentence begins when source sentences lie one after the other in
  /// the decoder's order; [sentences + 1].
  [[nodiscard]] std::span<const std::size_t> source_begin() const { return source_begin_; }
  /// The rows of source sentences that lie one after the other in the decoder's order, by shard.
  [[nodiscard]] RowParts source_rows_by_sentence() const { return sentence_rows_.parts(source_begin_.back()); }
  /// The same for the matrices [T_y][T_x] of alignment weights.
  [[nodiscard]] std::span<const std::size_t> alpha_begin() const { return alpha_begin_; }

  /// The encoder's row of source position j of the decoder's k-th sentence.
  [[nodiscard]] std::size_t source_row(std::size_t k, std::size_t j) const {
    return source_.row(j, source_.place(target_.sentence(k)));
  }

  /// Rows in the encoder's order → sentences one after the other in the decoder's order.
  template <typename Real>
  void to_sentences(ConstMatrixView<Real> time_major, MatrixView<Real> sentences) const;
  /// And back.
  template <typename Real>
  void to_time_major(ConstMatrixView<Real> sentences, MatrixView<Real> time_major) const;

 private:
  TimeMajor source_;
  TimeMajor target_;
  std::vector<Token> source_words_;
  std::vector<Token> target_words_;
  std::vector<Token> previous_words_;
  std::vector<std::size_t> source_begin_;
  std::vector<std::size_t> alpha_begin_;
  std::vector<std::size_t> lengths_;
  std::vector<std::span<const Token>> sources_;
  std::vector<std::span<const Token>> targets_;
  std::vector<std::size_t> shard_begin_;  ///< [shards + 1] into the sentences of all
  RowPartsMaker sentence_rows_;
};

}  // namespace lockstep

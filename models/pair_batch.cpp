#include "models/pair_batch.h"

#include <algorithm>

namespace lockstep {

namespace {

void lay_out(std::span<const std::span<const Token>> sentences, std::span<const std::size_t> shard_begin,
             std::vector<std::size_t>& lengths, TimeMajor& words, std::vector<Token>& tokens) {
  lengths.clear();
  for (const std::span<const Token> sentence : sentences) lengths.push_back(sentence.size());
  words.assign(lengths, shard_begin);
  tokens.resize(words.rows());
  for (std::size_t t = 0; t < words.steps(); ++t)
    for (std::size_t k = 0; k < words.active(t); ++k) tokens[words.row(t, k)] = sentences[words.sentence(k)][t];
}

}  // namespace

void PairBatch::assign(std::span<const SentencePairs* const> shards) {
  sources_.clear();
  targets_.clear();
  shard_begin_.assign(1, 0);
  for (const SentencePairs* const pairs : shards) {
    sources_.insert(sources_.end(), pairs->source.begin(), pairs->source.end());
    targets_.insert(targets_.end(), pairs->target.begin(), pairs->target.end());
    shard_begin_.push_back(sources_.size());
  }
  lay_out(sources_, shard_begin_, lengths_, source_, source_words_);
  lay_out(targets_, shard_begin_, lengths_, target_, target_words_);

  previous_words_.resize(target_.rows());
  for (std::size_t t = 0; t < target_.steps(); ++t)
    for (std::size_t k = 0; k < target_.active(t); ++k)
      previous_words_[target_.row(t, k)] = t == 0 ? Token{-1} : target_words_[target_.row(t - 1, k)];

  source_begin_.assign(1, 0);
  alpha_begin_.assign(1, 0);
  for (std::size_t k = 0; k < target_.sentences(); ++k) {
    const std::size_t positions = sources_[target_.sentence(k)].size();
    source_begin_.push_back(source_begin_.back() + positions);
    alpha_begin_.push_back(alpha_begin_.back() + positions * target_.length(k));
  }

  sentence_rows_.clear();
  const RowParts sentences = target_.sentence_parts();
  for (std::size_t p = 0; p < sentences.size() && sentences.size() > 1; ++p) {
    for (std::size_t i = 0; i < sentences[p].size(); ++i) {
      const std::size_t k = sentences[p][i];
      for (std::size_t row = source_begin_[k]; row < source_begin_[k + 1]; ++row) sentence_rows_.add(row);
    }
    sentence_rows_.end_part();
  }
}

template <typename Real>
void PairBatch::to_sentences(ConstMatrixView<Real> time_major, MatrixView<Real> sentences) const {
  for (std::size_t k = 0; k + 1 < source_begin_.size(); ++k)
    for (std::size_t j = 0; source_begin_[k] + j < source_begin_[k + 1]; ++j)
      std::copy_n(time_major.row(source_row(k, j)), time_major.columns, sentences.row(source_begin_[k] + j));
}

template <typename Real>
void PairBatch::to_time_major(ConstMatrixView<Real> sentences, MatrixView<Real> time_major) const {
  for (std::size_t k = 0; k + 1 < source_begin_.size(); ++k)
    for (std::size_t j = 0; source_begin_[k] + j < source_begin_[k + 1]; ++j)
      std::copy_n(sentences.row(source_begin_[k] + j), sentences.columns, time_major.row(source_row(k, j)));
}

template void PairBatch::to_sentences(ConstMatrixView<float>, MatrixView<float>) const;
template void PairBatch::to_sentences(ConstMatrixView<double>, MatrixView<double>) const;
template void PairBatch::to_time_major(ConstMatrixView<float>, MatrixView<float>) const;
template void PairBatch::to_time_major(ConstMatrixView<double>, MatrixView<double>) const;

}  // namespace lockstep

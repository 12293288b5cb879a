#include "models/rnnsearch/rnnsearch.h"

#include <algorithm>

namespace lockstep {

template <typename Real>
RnnSearch<Real>::RnnSearch(const ModelOptions& options, std::unique_ptr<Gemm<Real>> gemm)
    : EncoderDecoder<Real>(options, std::move(gemm), static_cast<std::size_t>(options.model.hidden)),
      hidden_(static_cast<std::size_t>(options.model.hidden)),
      attention_(this->parameter_layout(), this->gemm(), "attention", hidden_, this->encoder().annotation_size(),
                 static_cast<std::size_t>(options.model.attention), initial_attention(options.model.initial)) {}

template <typename Real>
template <typename Matrix>
auto RnnSearch<Real>::initial_annotation(Matrix sentences, std::size_t k) const {
  const auto begin = this->batch().source_begin();
  return this->encoder().bidirectional() ? sentences.column_block(hidden_, hidden_).row(begin[k])
                                         : sentences.row(begin[k + 1] - 1);
}

template <typename Real>
MatrixView<Real> RnnSearch<Real>::start_contexts(ConstMatrixView<Real> annotations) {
  const PairBatch& batch = this->batch();
  annotations_ = this->arena().template matrix<Real>(annotations.rows, annotations.columns);
  batch.to_sentences<Real>(annotations, annotations_);
  const MatrixView<Real> initial = this->arena().template matrix<Real>(batch.sentences(), hidden_);
  for (std::size_t k = 0; k < batch.sentences(); ++k)
    std::copy_n(initial_annotation(annotations_, k), hidden_, initial.row(k));
  tape_ =
      attention_.start(annotations_, batch.source_begin(), batch.alpha_begin(), batch.target().rows(), this->arena());
  return initial;
}

template <typename Real>
void RnnSearch<Real>::forward(std::size_t i, std::size_t begin, ConstMatrixView<Real> previous,
                              MatrixView<Real> contexts) {
  attention_.forward(tape_, i, begin, previous, contexts);
}

template <typename Real>
void RnnSearch<Real>::step(std::span<const std::size_t> sentences, ConstMatrixView<Real> previous,
                           ConstMatrixView<Real> products, std::span<const Real* const> offsets, MatrixView<Real> sums,
                           Arena& arena) {
  step_ = attention_.step(tape_, sentences, previous, products, offsets, sums, arena);
}

template <typename Real>
std::vector<Real> RnnSearch<Real>::step_energies(std::size_t r, std::size_t k) const {
  return attention_.energies(tape_, k, step_.queries.row(r));
}

template <typename Real>
ConstMatrixView<Real> RnnSearch<Real>::sentence_annotations(std::size_t k) const {
  const auto begin = this->batch().source_begin();
  return annotations_.row_block(begin[k], begin[k + 1] - begin[k]);
}

template <typename Real>
void RnnSearch<Real>::start_contexts_backward() {
  d_annotations_ = this->arena().template matrix<Real>(annotations_.rows, annotations_.columns);
  fill_zero(d_annotations_);
  attention_.start_backward(tape_, this->arena());
}

template <typename Real>
void RnnSearch<Real>::backward(std::size_t i, std::size_t begin, ConstMatrixView<Real> d_contexts,
                               MatrixView<Real> d_previous) {
  attention_.backward(tape_, i, begin, d_contexts, d_previous);
}

template <typename Real>
void RnnSearch<Real>::finish_contexts_backward(ConstMatrixView<Real> d_initial, MatrixView<Real> d_annotations,
                                               std::span<Real> gradients) {
  const PairBatch& batch = this->batch();
  const AttentionParts parts = {batch.target().sentence_parts(), batch.source_rows_by_sentence(),
                                batch.target().row_parts()};
  attention_.finish_backward(tape_, this->decoder_tape().cell.previous, parts, d_annotations_, gradients,
                             this->arena());
  for (std::size_t k = 0; k < d_initial.rows; ++k) {
    const MatrixView<Real> row(initial_annotation(d_annotations_, k), 1, hidden_);
    add_to(AddTo<Real>{d_initial.row_block(k, 1), row});
  }
  batch.template to_time_major<Real>(d_annotations_, d_annotations);
}

template <typename Real>
std::vector<Alignment> RnnSearch<Real>::current_alignments() const {
  const PairBatch& batch = this->batch();
  const auto source_begin = batch.source_begin();
  const auto alpha_begin = batch.alpha_begin();
  std::vector<Alignment> alignments(batch.sentences());
  for (std::size_t k = 0; k < batch.sentences(); ++k) {
    Alignment& alignment = alignments[batch.target().sentence(k)];
    alignment.rows = batch.target().length(k);
    alignment.columns = source_begin[k + 1] - source_begin[k];
    const auto alphas = tape_.alphas.subspan(alpha_begin[k], alpha_begin[k + 1] - alpha_begin[k]);
    alignment.weights.assign(alphas.begin(), alphas.end());
  }
  return alignments;
}

template class RnnSearch<float>;
template class RnnSearch<double>;

}  // namespace lockstep

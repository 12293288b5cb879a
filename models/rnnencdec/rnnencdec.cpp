#include "models/rnnencdec/rnnencdec.h"

#include <algorithm>
#include <functional>

namespace lockstep {

namespace {

std::size_t annotation_size(const ModelConfiguration& model) {
  return static_cast<std::size_t>(model.hidden) * (model.encoder == EncoderKind::kBidirectional ? 2 : 1);
}

}  // namespace

template <typename Real>
RnnEncDec<Real>::RnnEncDec(const ModelOptions& options, std::unique_ptr<Gemm<Real>> gemm)
    : EncoderDecoder<Real>(options, std::move(gemm), annotation_size(options.model)),
      hidden_(static_cast<std::size_t>(options.model.hidden)) {}

template <typename Real>
std::size_t RnnEncDec<Real>::row_of(std::size_t k, Direction direction) const {
  const PairBatch& batch = this->batch();
  const std::size_t length = batch.source_begin()[k + 1] - batch.source_begin()[k];
  return batch.source_row(k, direction == Direction::kForward ? length - 1 : 0);
}

template <typename Real>
MatrixView<Real> RnnEncDec<Real>::start_contexts(ConstMatrixView<Real> annotations) {
  summaries_ = this->arena().template matrix<Real>(this->batch().sentences(), annotations.columns);
  for (std::size_t k = 0; k < summaries_.rows; ++k) {
    std::copy_n(annotations.row(row_of(k, Direction::kForward)), hidden_, summaries_.row(k));
    if (this->encoder().bidirectional())
      std::copy_n(annotations.row(row_of(k, Direction::kBackward)) + hidden_, hidden_, summaries_.row(k) + hidden_);
  }
  return summaries_;
}

template <typename Real>
void RnnEncDec<Real>::forward(std::size_t /*i*/, std::size_t /*begin*/, ConstMatrixView<Real> /*previous*/,
                              MatrixView<Real> contexts) {
  copy_rows<Real>(summaries_.row_block(0, contexts.rows), contexts);
}

template <typename Real>
void RnnEncDec<Real>::step(std::span<const std::size_t> sentences, ConstMatrixView<Real> /*previous*/,
                           ConstMatrixView<Real> products, std::span<const Real* const> offsets, MatrixView<Real> sums,
                           Arena& /*arena*/) {
  for (std::size_t r = 0; r < sentences.size(); ++r)
    std::transform(offsets[r], offsets[r] + sums.columns, products.row(sentences[r]), sums.row(r), std::plus<>());
}

template <typename Real>
void RnnEncDec<Real>::start_contexts_backward() {
  d_summaries_ = this->arena().template matrix<Real>(summaries_.rows, summaries_.columns);
  fill_zero(d_summaries_);
}

template <typename Real>
void RnnEncDec<Real>::backward(std::size_t /*i*/, std::size_t /*begin*/, ConstMatrixView<Real> d_contexts,
                               MatrixView<Real> /*d_previous*/) {
  add_to(AddTo<Real>{d_contexts, d_summaries_.row_block(0, d_contexts.rows)});
}

template <typename Real>
void RnnEncDec<Real>::finish_contexts_backward(ConstMatrixView<Real> d_initial, MatrixView<Real> d_annotations,
                                               std::span<Real> /*gradients*/) {
  add_to(AddTo<Real>{d_initial, d_summaries_});
  fill_zero(d_annotations);
  for (std::size_t k = 0; k < d_summaries_.rows; ++k) {
    std::copy_n(d_summaries_.row(k), hidden_, d_annotations.row(row_of(k, Direction::kForward)));
    if (this->encoder().bidirectional())
      std::copy_n(d_summaries_.row(k) + hidden_, hidden_, d_annotations.row(row_of(k, Direction::kBackward)) + hidden_);
  }
}

template class RnnEncDec<float>;
template class RnnEncDec<double>;

}  // namespace lockstep

#include "framework/layers/encoder.h"

namespace lockstep {

template <typename Real>
Encoder<Real>::Encoder(EncoderKind kind, CellKind cell, ParameterLayout& layout, const Gemm<Real>& gemm,
                       const std::string& prefix, std::size_t vocabulary, std::size_t embedding, std::size_t hidden,
                       InitialValue initial)
    : hidden_(hidden),
      embedding_(layout, prefix + "/E", vocabulary, embedding, initial),
      forward_(cell, Direction::kForward, layout, gemm, prefix + "/forward", embedding, hidden, initial) {
  if (kind == EncoderKind::kBidirectional)
    backward_.emplace(cell, Direction::kBackward, layout, gemm, prefix + "/backward", embedding, hidden, initial);
}

template <typename Real>
void Encoder<Real>::bind(std::span<const Real> parameters) {
  embedding_.bind(parameters);
  forward_.bind(parameters);
  if (backward_) backward_->bind(parameters);
}

template <typename Real>
EncoderTape<Real> Encoder<Real>::forward(const TimeMajor& words, std::span<const std::int32_t> tokens,
                                         const Dropout<Real>& dropout, MatrixView<Real> annotations,
                                         Arena& arena) const {
  EncoderTape<Real> tape;
  tape.embedded = arena.matrix<Real>(words.rows(), embedding_.size());
  embedding_.forward(tokens, tape.embedded);
  dropout.apply(tape.embedded);
  tape.forward = forward_.forward(words, tape.embedded, annotations.column_block(0, hidden_), arena);
  if (backward_)
    tape.backward = backward_->forward(words, tape.embedded, annotations.column_block(hidden_, hidden_), arena);
  return tape;
}

template <typename Real>
void Encoder<Real>::backward(const TimeMajor& words, std::span<const std::int32_t> tokens, const Dropout<Real>& dropout,
                             const EncoderTape<Real>& tape, MatrixView<Real> d_annotations, std::span<Real> gradients,
                             Arena& arena) const {
  const MatrixView<Real> d_embedded = arena.matrix<Real>(words.rows(), embedding_.size());
  forward_.backward(words, tape.forward, tape.embedded, d_annotations.column_block(0, hidden_), Real{0}, d_embedded,
                    gradients, arena);
  if (backward_)
    backward_->backward(words, tape.backward, tape.embedded, d_annotations.column_block(hidden_, hidden_), Real{1},
                        d_embedded, gradients, arena);
  dropout.apply(d_embedded);
  embedding_.gradient(words.row_parts(), tokens, d_embedded, gradients, arena);
}

template class Encoder<float>;
template class Encoder<double>;

}  // namespace lockstep

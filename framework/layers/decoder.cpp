#include "framework/layers/decoder.h"

#include <algorithm>
#include <iterator>

namespace lockstep {

template <typename Real>
Decoder<Real>::Decoder(CellKind cell, ParameterLayout& layout, const Gemm<Real>& gemm, const DecoderSizes& sizes,
                       InitialValue initial)
    : embedding_(layout, "decoder/E", sizes.vocabulary, sizes.embedding, initial),
      w_s_(layout, gemm, "decoder/W_s", sizes.initial, sizes.hidden, initial),
      b_s_(layout, "decoder/b_s", sizes.hidden, InitialValue::zero()),
      w_(layout, gemm, "decoder/W", sizes.embedding, gate_count(cell) * sizes.hidden, initial),
      b_(layout, "decoder/b", gate_count(cell) * sizes.hidden, InitialValue::zero()),
      c_(layout, gemm, "decoder/C", sizes.context, gate_count(cell) * sizes.hidden, initial),
      cell_(make_cell<Real>(cell, layout, gemm, "decoder", sizes.hidden)),
      output_begin_(layout.size()),
      output_(layout, gemm, "output", sizes.hidden, sizes.embedding, sizes.context, sizes.maxout, initial),
      softmax_(layout, gemm, "output", sizes.maxout, sizes.vocabulary, initial) {}

template <typename Real>
void Decoder<Real>::bind(std::span<const Real> parameters) {
  embedding_.bind(parameters);
  w_s_.bind(parameters);
  b_s_.bind(parameters);
  w_.bind(parameters);
  b_.bind(parameters);
  c_.bind(parameters);
  cell_->bind(parameters);
  output_.bind(parameters);
  softmax_.bind(parameters);
}

template <typename Real>
void Decoder<Real>::first_states(ConstMatrixView<Real> initial, MatrixView<Real> states) const {
  w_s_.multiply(initial, Real{0}, states);
  b_s_.add_to_rows(states);
  tanh_forward(TanhForward<Real>{states});
}

template <typename Real>
DecoderTape<Real> Decoder<Real>::forward(const TimeMajor& words, std::span<const std::int32_t> previous_words,
                                         ConstMatrixView<Real> initial, const DecoderDropout<Real>& dropout,
                                         ContextSource<Real>& source, Arena& arena) const {
  const std::size_t rows = words.rows();
  const std::size_t sentences = words.sentences();
  DecoderTape<Real> tape;
  tape.dropout = dropout;
  tape.embedded = arena.matrix<Real>(rows, embedding_.size());
  embedding_.forward(previous_words, tape.embedded);
  dropout.embedding.apply(tape.embedded);
  tape.contexts = arena.matrix<Real>(rows, c_.rows());
  tape.states = arena.matrix<Real>(rows, cell_->hidden());
  tape.cell = cell_->make_tape(rows, sentences, tape.states, arena);
  w_.multiply(tape.embedded, Real{0}, tape.cell.gates);
  b_.add_to_rows(tape.cell.gates);

  // s_0 is what comes in at the first step.
  cell_->start(tape.cell, 0, sentences);
  first_states(initial, tape.cell.previous.row_block(0, sentences));

  for (std::size_t i = 0; i < words.steps(); ++i) {
    const std::size_t begin = words.begin(i);
    const std::size_t count = words.active(i);
    if (i > 0) cell_->carry(tape.cell, words.begin(i - 1), begin, count);
    const MatrixView<Real> contexts = tape.contexts.row_block(begin, count);
    source.forward(i, begin, tape.cell.previous.row_block(begin, count), contexts);
    dropout.context.apply_rows(begin, contexts);
    c_.multiply(contexts, Real{1}, tape.cell.gates.row_block(begin, count));
    cell_->forward(tape.cell, begin, count);
  }

  tape.output.readout = arena.matrix<Real>(rows, output_.readout_size());
  tape.output.maxout = arena.matrix<Real>(rows, output_.maxout_size());
  tape.output.dropout = dropout.output;
  output_.context_part(tape.contexts, tape.output.readout);
  output_.forward(tape.output, tape.states, tape.embedded);
  return tape;
}

template <typename Real>
CrossEntropy Decoder<Real>::loss(const DecoderTape<Real>& tape, std::span<const std::int32_t> wanted,
                                 Arena& arena) const {
  return softmax_.loss(tape.output.maxout, wanted, arena);
}

template <typename Real>
void Decoder<Real>::output_gradients(DecoderTape<Real>& tape, const TimeMajor& words,
                                     std::span<const std::int32_t> wanted, double smoothing,
                                     std::span<CrossEntropy> losses, std::span<Real> gradients, Arena& arena) const {
  const std::size_t rows = tape.states.rows;
  const MatrixView<Real> d_maxout = arena.matrix<Real>(rows, output_.maxout_size());
  tape.d_embedded = arena.matrix<Real>(rows, embedding_.size());
  tape.d_contexts = arena.matrix<Real>(rows, c_.rows());
  tape.d_states = arena.matrix<Real>(rows, cell_->hidden());
  const RowParts parts = words.row_parts();
  softmax_.loss_and_gradients(parts, tape.output.maxout, wanted, smoothing, losses, d_maxout, gradients, arena);
  output_.backward(tape.output, tape.states, tape.embedded, parts, d_maxout, tape.d_states, tape.d_embedded, gradients);
  output_.context_backward(tape.contexts, tape.output.readout, parts, tape.d_contexts, gradients, arena);
}

template <typename Real>
void Decoder<Real>::backward(const DecoderTape<Real>& tape, const TimeMajor& words,
                             std::span<const std::int32_t> previous_words, ConstMatrixView<Real> initial,
                             ContextSource<Real>& source, MatrixView<Real> d_initial, std::span<Real> gradients,
                             Arena& arena) const {
  const std::size_t sentences = words.sentences();
  const std::size_t hidden = cell_->hidden();
  const MatrixView<Real> d_previous = arena.matrix<Real>(sentences, hidden);
  const MatrixView<Real> d_memory = arena.matrix<Real>(sentences, hidden);
  fill_zero(d_memory);

  for (std::size_t i = words.steps(); i-- > 0;) {
    const std::size_t begin = words.begin(i);
    const std::size_t count = words.active(i);
    const MatrixView<Real> d_before = d_previous.row_block(0, count);
    const MatrixView<Real> d_contexts = tape.d_contexts.row_block(begin, count);
    cell_->backward(tape.cell, begin, count, tape.d_states.row_block(begin, count), d_memory.row_block(0, count),
                    d_before);
    c_.multiply_transposed(tape.cell.gates.row_block(begin, count), Real{1}, d_contexts);
    tape.dropout.context.apply_rows(begin, d_contexts);
    source.backward(i, begin, d_contexts, d_before);
    if (i > 0) add_to(AddTo<Real>{d_before, tape.d_states.row_block(words.begin(i - 1), count)});
  }

  // d_previous is now the gradient of s_0.
  tanh_backward(TanhBackward<Real>{tape.cell.previous.row_block(0, sentences), d_previous});
  w_s_.gradient(words.sentence_parts(), initial, d_previous, gradients);
  b_s_.gradient(words.sentence_parts(), d_previous, gradients, arena);
  w_s_.multiply_transposed(d_previous, Real{0}, d_initial);

  w_.multiply_transposed(tape.cell.gates, Real{1}, tape.d_embedded);
  const RowParts parts = words.row_parts();
  w_.gradient(parts, tape.embedded, tape.cell.gates, gradients);
  b_.gradient(parts, tape.cell.gates, gradients, arena);
  c_.gradient(parts, tape.contexts, tape.cell.gates, gradients);
  cell_->gradients(parts, tape.cell, gradients);
  tape.dropout.embedding.apply(tape.d_embedded);
  embedding_.gradient(parts, previous_words, tape.d_embedded, gradients, arena);
}

// Word by word, while decoding.

template <typename Real>
DecoderStep<Real> Decoder<Real>::start(ConstMatrixView<Real> initial, Arena& arena) const {
  const MatrixView<Real> states = arena.matrix<Real>(initial.rows, cell_->hidden());
  const MatrixView<Real> memories = arena.matrix<Real>(initial.rows, cell_->hidden());
  first_states(initial, states);
  fill_zero(memories);
  DecoderStep<Real> step;
  step.states = states;
  step.memories = memories;
  return step;
}

template <typename Real>
DecoderProducts<Real> Decoder<Real>::start_products(const ContextSource<Real>& source, Arena& arena) const {
  const ConstMatrixView<Real> values = source.values();
  DecoderProducts<Real> products;
  products.contexts = arena.matrix<Real>(values.rows, cell_columns() + output_.readout_size());
  c_.multiply(values, Real{0}, products.contexts.column_block(0, cell_columns()));
  output_.multiply_contexts(values, products.contexts.column_block(cell_columns(), output_.readout_size()));
  products.words.resize(softmax_.words() + 1);
  return products;
}

template <typename Real>
void Decoder<Real>::add_words(std::span<const std::int32_t> words, DecoderProducts<Real>& products, Arena& kept,
                              Arena& arena) const {
  std::vector<std::int32_t> met;
  std::copy_if(words.begin(), words.end(), std::back_inserter(met),
               [&](std::int32_t word) { return products.words[place(word)] == nullptr; });
  std::sort(met.begin(), met.end());
  met.erase(std::unique(met.begin(), met.end()), met.end());
  if (met.empty()) return;
  const MatrixView<Real> embedded = arena.matrix<Real>(met.size(), embedding_.size());
  const MatrixView<Real> rows = kept.matrix<Real>(met.size(), products.contexts.columns);
  const MatrixView<Real> gates = rows.column_block(0, cell_columns());
  embedding_.forward(met, embedded);
  w_.multiply(embedded, Real{0}, gates);
  b_.add_to_rows(gates);
  output_.multiply_words(embedded, rows.column_block(cell_columns(), output_.readout_size()));
  for (std::size_t k = 0; k < met.size(); ++k) products.words[place(met[k])] = rows.row(k);
}

template <typename Real>
DecoderStep<Real> Decoder<Real>::step(const DecoderStep<Real>& before, std::span<const std::size_t> parents,
                                      std::span<const std::int32_t> words, std::span<const std::size_t> sentences,
                                      ContextSource<Real>& source, DecoderProducts<Real>& products, Arena& kept,
                                      Arena& arena) const {
  const std::size_t n = parents.size();
  add_words(words, products, kept, arena);
  const MatrixView<Real> sums = arena.matrix<Real>(n, products.contexts.columns);
  const CellTape<Real> tape =
      cell_->make_tape(sums.column_block(0, cell_columns()), n, arena.matrix<Real>(n, cell_->hidden()), arena);
  cell_->resume(before.states, before.memories, parents, tape);
  const std::span<const Real*> of_words = arena.take<const Real*>(n);
  for (std::size_t r = 0; r < n; ++r) of_words[r] = products.words[place(words[r])];
  source.step(sentences, tape.previous, products.contexts, of_words, sums, arena);
  cell_->forward(tape, 0, n);
  const MatrixView<Real> maxout = arena.matrix<Real>(n, output_.maxout_size());
  output_.step(tape.state, sums.column_block(cell_columns(), output_.readout_size()), maxout);
  return {tape.state, cell_->memories(tape), tape.previous, maxout};
}

template class Decoder<float>;
template class Decoder<double>;

}  // namespace lockstep

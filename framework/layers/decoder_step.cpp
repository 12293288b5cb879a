// The decoder word by word, while decoding.
#include <algorithm>
#include <iterator>

#include "framework/layers/decoder.h"

namespace lockstep {

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

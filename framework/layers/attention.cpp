#include "framework/layers/attention.h"

#include <algorithm>
#include <cmath>

#include "framework/numeric/attention_kernels.h"
#include "framework/numeric/weighted_sums.h"

namespace lockstep {

template <typename Real>
Attention<Real>::Attention(ParameterLayout& layout, const Gemm<Real>& gemm, const std::string& prefix,
                           std::size_t hidden, std::size_t annotation, std::size_t size, InitialValue initial)
    : w_a_(layout, gemm, prefix + "/W_a", hidden, size, initial),
      u_a_(layout, gemm, prefix + "/U_a", annotation, size, initial),
      v_a_(layout, prefix + "/v_a", size, InitialValue::zero()) {}

template <typename Real>
void Attention<Real>::bind(std::span<const Real> parameters) {
  w_a_.bind(parameters);
  u_a_.bind(parameters);
  v_a_.bind(parameters);
}

template <typename Real>
AttentionTape<Real> Attention<Real>::start(ConstMatrixView<Real> annotations, std::span<const std::size_t> source_begin,
                                           std::span<const std::size_t> alpha_begin, std::size_t target_rows,
                                           Arena& arena) const {
  AttentionTape<Real> tape;
  tape.annotations = annotations;
  tape.source_begin = source_begin;
  tape.keys = arena.matrix<Real>(annotations.rows, v_a_.size());
  tape.queries = arena.matrix<Real>(target_rows, v_a_.size());
  tape.alphas = arena.take<Real>(alpha_begin.back());
  tape.alpha_begin = alpha_begin;
  u_a_.multiply(annotations, Real{0}, tape.keys);
  return tape;
}

template <typename Real>
void Attention<Real>::forward(const AttentionTape<Real>& tape, std::size_t i, std::size_t begin,
                              ConstMatrixView<Real> previous, MatrixView<Real> contexts) const {
  const MatrixView<Real> queries = tape.queries.row_block(begin, previous.rows);
  w_a_.multiply(previous, Real{0}, queries);
  for (std::size_t k = 0; k < previous.rows; ++k) {
    const std::size_t first = tape.source_begin[k];
    const std::size_t positions = tape.source_begin[k + 1] - first;
    attend_forward(AttendForward<Real>{queries.row(k), tape.keys.row_block(first, positions), v_a_.values(),
                                       tape.annotations.row_block(first, positions), tape.alpha(k, i).data(),
                                       contexts.row(k)});
  }
}

template <typename Real>
AttentionStep<Real> Attention<Real>::step(const AttentionTape<Real>& tape, std::span<const std::size_t> sentences,
                                          ConstMatrixView<Real> previous, ConstMatrixView<Real> products,
                                          std::span<const Real* const> offsets, MatrixView<Real> sums,
                                          Arena& arena) const {
  const std::size_t rows = previous.rows;
  AttentionStep<Real> step{arena.matrix<Real>(rows, v_a_.size()), arena.take<std::span<const Real>>(rows)};
  const std::span<const Real*> weights = arena.take<const Real*>(rows);
  w_a_.multiply(previous, Real{0}, step.queries);
  for (std::size_t begin = 0; begin < rows;) {
    const std::size_t sentence = sentences[begin];
    const std::size_t first = tape.source_begin[sentence];
    const std::size_t positions = tape.source_begin[sentence + 1] - first;
    const ConstMatrixView<Real> keys = tape.keys.row_block(first, positions);
    const ConstMatrixView<Real> values = products.row_block(first, positions);
    std::size_t end = begin;
    for (; end < rows && sentences[end] == sentence; ++end) {
      const std::span<Real> alpha = arena.take<Real>(positions);
      // Weights alone; the sums are those of all rows of the sentence at once.
      attend_forward(AttendForward<Real>{step.queries.row(end), keys, v_a_.values(), values.column_block(0, 0),
                                         alpha.data(), nullptr});
      step.alpha[end] = alpha;
      weights[end] = alpha.data();
    }
    weighted_sums(WeightedSums<Real>{values, &weights[begin], &offsets[begin], sums.row_block(begin, end - begin)});
    begin = end;
  }
  return step;
}

template <typename Real>
std::vector<Real> Attention<Real>::energies(const AttentionTape<Real>& tape, std::size_t k, const Real* query) const {
  std::vector<Real> energies;
  for (std::size_t j = tape.source_begin[k]; j < tape.source_begin[k + 1]; ++j) {
    Real energy = 0;
    for (std::size_t a = 0; a < v_a_.size(); ++a) energy += v_a_.values()[a] * std::tanh(query[a] + tape.keys(j, a));
    energies.push_back(energy);
  }
  return energies;
}

template <typename Real>
void Attention<Real>::start_backward(AttentionTape<Real>& tape, std::span<Real> gradients, Arena& arena) const {
  tape.d_keys = arena.matrix<Real>(tape.keys.rows, tape.keys.columns);
  fill_zero(tape.d_keys);
  std::size_t longest = 0;
  for (std::size_t k = 0; k + 1 < tape.source_begin.size(); ++k)
    longest = std::max(longest, tape.source_begin[k + 1] - tape.source_begin[k]);
  tape.d_energies = arena.take<Real>(longest);
  const std::span<Real> d_v = v_a_.gradient_of(gradients);
  std::fill(d_v.begin(), d_v.end(), Real{0});
}

template <typename Real>
void Attention<Real>::backward(const AttentionTape<Real>& tape, std::size_t i, std::size_t begin,
                               ConstMatrixView<Real> d_contexts, MatrixView<Real> d_previous,
                               MatrixView<Real> d_annotations, std::span<Real> gradients) const {
  const MatrixView<Real> queries = tape.queries.row_block(begin, d_contexts.rows);
  for (std::size_t k = 0; k < d_contexts.rows; ++k) {
    const std::size_t first = tape.source_begin[k];
    const std::size_t positions = tape.source_begin[k + 1] - first;
    attend_backward(AttendBackward<Real>{queries.row(k), tape.keys.row_block(first, positions), v_a_.values(),
                                         tape.annotations.row_block(first, positions), tape.alpha(k, i).data(),
                                         d_contexts.row(k), queries.row(k), tape.d_keys.row_block(first, positions),
                                         d_annotations.row_block(first, positions), v_a_.gradient_of(gradients).data(),
                                         tape.d_energies.data()});
  }
  w_a_.multiply_transposed(queries, Real{1}, d_previous);
}

template <typename Real>
void Attention<Real>::finish_backward(const AttentionTape<Real>& tape, ConstMatrixView<Real> previous,
                                      MatrixView<Real> d_annotations, std::span<Real> gradients) const {
  w_a_.gradient(previous, tape.queries, gradients);
  u_a_.gradient(tape.annotations, tape.d_keys, gradients);
  u_a_.multiply_transposed(tape.d_keys, Real{1}, d_annotations);
}

template class Attention<float>;
template class Attention<double>;

}  // namespace lockstep

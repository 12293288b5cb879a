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

/// The rows of sentence k.
template <typename Real>
static ConstMatrixView<Real> sentence(const AttentionTape<Real>& tape, std::size_t k, ConstMatrixView<Real> all) {
  return all.row_block(tape.source_begin[k], tape.positions(k));
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
  tape.query_power = arena.take<Real>(v_a_.size());
  u_a_.multiply(annotations, Real{0}, tape.keys);
  const MatrixView<Real> powers = arena.matrix<Real>(annotations.rows, v_a_.size());
  tape.key_powers = arena.take<ConstMatrixView<Real>>(source_begin.size() - 1);
  for (std::size_t k = 0; k + 1 < source_begin.size(); ++k) {
    const MatrixView<Real> own = powers.row_block(source_begin[k], tape.positions(k));
    bool usable = false;
    key_powers(KeyPowers<Real>{sentence<Real>(tape, k, tape.keys), own, &usable});
    tape.key_powers[k] = usable ? ConstMatrixView<Real>(own) : ConstMatrixView<Real>();
  }
  return tape;
}

template <typename Real>
void Attention<Real>::attend(const AttentionTape<Real>& tape, std::size_t k, const Real* query,
                             ConstMatrixView<Real> values, Real* alpha, Real* context) const {
  attend_forward(AttendForward<Real>{query, sentence<Real>(tape, k, tape.keys), tape.key_powers[k], v_a_.values(),
                                     values, tape.query_power.data(), alpha, context});
}

template <typename Real>
void Attention<Real>::forward(const AttentionTape<Real>& tape, std::size_t i, std::size_t begin,
                              ConstMatrixView<Real> previous, MatrixView<Real> contexts) const {
  const MatrixView<Real> queries = tape.queries.row_block(begin, previous.rows);
  w_a_.multiply(previous, Real{0}, queries);
  for (std::size_t k = 0; k < previous.rows; ++k)
    attend(tape, k, queries.row(k), sentence(tape, k, tape.annotations), tape.alpha(k, i).data(), contexts.row(k));
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
    const std::size_t k = sentences[begin];
    const ConstMatrixView<Real> values = sentence(tape, k, products);
    std::size_t end = begin;
    for (; end < rows && sentences[end] == k; ++end) {
      const std::span<Real> alpha = arena.take<Real>(tape.positions(k));
      // Weights alone; the sums are those of all rows of the sentence at once.
      attend(tape, k, step.queries.row(end), values.column_block(0, 0), alpha.data(), nullptr);
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
void Attention<Real>::start_backward(AttentionTape<Real>& tape, Arena& arena) const {
  std::size_t steps = 0;
  for (std::size_t k = 0; k + 1 < tape.source_begin.size(); ++k) steps = std::max(steps, tape.target_steps(k));
  tape.d_queries = arena.matrix<Real>(tape.queries.rows, tape.queries.columns);
  tape.d_keys = arena.matrix<Real>(tape.keys.rows, tape.keys.columns);
  tape.d_energies = arena.take<Real>(tape.alphas.size());
  tape.step_begin = arena.take<std::size_t>(steps);
  tape.d_contexts = arena.take<ConstMatrixView<Real>>(steps);
}

template <typename Real>
void Attention<Real>::backward(const AttentionTape<Real>& tape, std::size_t i, std::size_t begin,
                               ConstMatrixView<Real> d_contexts, MatrixView<Real> d_previous) const {
  tape.step_begin[i] = begin;
  tape.d_contexts[i] = d_contexts;
  const MatrixView<Real> d_queries = tape.d_queries.row_block(begin, d_contexts.rows);
  for (std::size_t k = 0; k < d_contexts.rows; ++k) {
    Real* const d_energies = tape.d_energies.data() + tape.alpha_begin[k] + i * tape.positions(k);
    attend_backward(AttendBackward<Real>{tape.queries.row(begin + k), sentence<Real>(tape, k, tape.keys),
                                         tape.key_powers[k], v_a_.values(), sentence(tape, k, tape.annotations),
                                         tape.alpha(k, i).data(), d_contexts.row(k), tape.query_power.data(),
                                         d_energies, d_queries.row(k)});
  }
  w_a_.multiply_transposed(d_queries, Real{1}, d_previous);
}

template <typename Real>
void Attention<Real>::finish_backward(const AttentionTape<Real>& tape, ConstMatrixView<Real> previous,
                                      const AttentionParts& parts, MatrixView<Real> d_annotations,
                                      std::span<Real> gradients, Arena& arena) const {
  PartSums<Real> d_v(v_a_.gradient_of(gradients), parts.sentences.size(), arena);
  const std::size_t longest = tape.step_begin.size();
  const auto queries = arena.take<const Real*>(longest);
  const auto d_contexts = arena.take<const Real*>(longest);
  const MatrixView<Real> query_powers = arena.matrix<Real>(longest, v_a_.size());
  const auto keys_backward = [&](std::size_t k, Real* d_v_of_part) {
    const std::size_t steps = tape.target_steps(k);
    for (std::size_t i = 0; i < steps; ++i) {
      queries[i] = tape.queries.row(tape.step_begin[i] + k);
      d_contexts[i] = tape.d_contexts[i].row(k);
    }
    const std::size_t first = tape.source_begin[k];
    attend_keys_backward(AttendKeysBackward<Real>{
        steps, queries.data(), d_contexts.data(), sentence<Real>(tape, k, tape.keys), tape.key_powers[k], v_a_.values(),
        tape.alphas.data() + tape.alpha_begin[k], tape.d_energies.data() + tape.alpha_begin[k], query_powers,
        tape.d_keys.row_block(first, tape.positions(k)), d_annotations.row_block(first, tape.positions(k)),
        d_v_of_part});
  };
  for (std::size_t p = 0; p < parts.sentences.size(); ++p) {
    const std::span<Real> own = d_v.next();
    std::fill(own.begin(), own.end(), Real{0});
    const RowSelection sentences = parts.sentences[p];
    for (std::size_t i = 0; i < sentences.size(); ++i) keys_backward(sentences[i], own.data());
    d_v.finish();
  }
  w_a_.gradient(parts.target_rows, previous, tape.d_queries, gradients);
  u_a_.gradient(parts.source_rows, tape.annotations, tape.d_keys, gradients);
  u_a_.multiply_transposed(tape.d_keys, Real{1}, d_annotations);
}

template class Attention<float>;
template class Attention<double>;

}  // namespace lockstep

#pragma once

#include <span>
#include <string>
#include <vector>

#include "framework/layers/weight.h"
#include "framework/numeric/arena.h"

namespace lockstep {

/// What belongs to each of the shards in a batch.
struct AttentionParts {
  RowParts sentences;
  RowParts source_rows;  ///< in the order of annotations
  RowParts target_rows;
};

/// What attention keeps of one batch. A is the size of the attention network, D that of an annotation; source sentences
/// lie one after the other, sentence k in rows source_begin[k] … source_begin[k + 1].
template <typename Real>
struct AttentionTape {
  ConstMatrixView<Real> annotations;            ///< h_j [source rows][D], the caller's
  std::span<const std::size_t> source_begin;    ///< [sentences + 1], the caller's
  MatrixView<Real> keys;                        ///< U_a h_j [source rows][A]
  std::span<ConstMatrixView<Real>> key_powers;  ///< of each sentence [T_x][A], see attention_kernels.h; empty if one of
                                                ///< its keys is too large
  MatrixView<Real> queries;                     ///< W_a s_{i−1} [target rows][A]
  std::span<Real> query_power;                  ///< scratch [A]
  std::span<Real> alphas;                       ///< all α_ij: sentence k's matrix [T_y][T_x] from alpha_begin[k] on
  std::span<const std::size_t> alpha_begin;     ///< [sentences + 1], the caller's
  MatrixView<Real> d_queries;                   ///< [target rows][A]
  MatrixView<Real> d_keys;                      ///< [source rows][A]
  std::span<Real> d_energies;                   ///< like alphas
  std::span<std::size_t> step_begin;            ///< of each step that went back, its first target row
  std::span<ConstMatrixView<Real>> d_contexts;  ///< and what came to its contexts

  [[nodiscard]] std::size_t positions(std::size_t k) const { return source_begin[k + 1] - source_begin[k]; }
  /// T_y of sentence k.
  [[nodiscard]] std::size_t target_steps(std::size_t k) const {
    return (alpha_begin[k + 1] - alpha_begin[k]) / positions(k);
  }

  /// α_i of sentence k: one weight for each source position.
  [[nodiscard]] std::span<Real> alpha(std::size_t k, std::size_t i) const {
    return alphas.subspan(alpha_begin[k] + i * positions(k), positions(k));
  }
};

/// One step of attention while decoding, row by row.
template <typename Real>
struct AttentionStep {
  MatrixView<Real> queries;                ///< W_a s_{i−1} [rows][A]
  std::span<std::span<const Real>> alpha;  ///< α_i of each row, as long as its source sentence
};

/// The alignment model of Bahdanau et al. 2015 (equations 5 and 6, appendix A.1.2), one small network shared by all
/// pairs:
///   e_ij = v_aᵀ tanh(W_a s_{i−1} + U_a h_j),  α_i = softmax(e_i),  c_i = Σ_j α_ij h_j.
/// Parameters below `prefix`: W_a [H][A], U_a [D][A], v_a [A].
template <typename Real>
class Attention {
 public:
  Attention(ParameterLayout& layout, const Gemm<Real>& gemm, const std::string& prefix, std::size_t hidden,
            std::size_t annotation, std::size_t size, InitialValue initial);

  void bind(std::span<const Real> parameters);

  /// Computes U_a h_j for all source positions; the tape serves `target_rows` words.
  AttentionTape<Real> start(ConstMatrixView<Real> annotations, std::span<const std::size_t> source_begin,
                            std::span<const std::size_t> alpha_begin, std::size_t target_rows, Arena& arena) const;

  /// Step i for the sentences 0 … count − 1, whose words stand in target rows begin, begin + 1, …:
  /// previous states s_{i−1} [count][H] → contexts c_i [count][D].
  void forward(const AttentionTape<Real>& tape, std::size_t i, std::size_t begin, ConstMatrixView<Real> previous,
               MatrixView<Real> contexts) const;

  /// A step while decoding: row r attends to the tape's sentence sentences[r], best with rows of one sentence together;
  /// previous states [rows][H] → Σ_j α_ij products_j + offsets[r] [rows][K], with `products` [source rows][K]: what c_i
  /// is of h_j.
  AttentionStep<Real> step(const AttentionTape<Real>& tape, std::span<const std::size_t> sentences,
                           ConstMatrixView<Real> previous, ConstMatrixView<Real> products,
                           std::span<const Real* const> offsets, MatrixView<Real> sums, Arena& arena) const;

  /// e_ij of a query over sentence k's positions j.
  [[nodiscard]] std::vector<Real> energies(const AttentionTape<Real>& tape, std::size_t k, const Real* query) const;

  /// Before the first backward step.
  void start_backward(AttentionTape<Real>& tape, Arena& arena) const;

  /// Step i back: d_contexts [count][D] → added to d_previous [count][H]. d_contexts must stay until finish_backward.
  void backward(const AttentionTape<Real>& tape, std::size_t i, std::size_t begin, ConstMatrixView<Real> d_contexts,
                MatrixView<Real> d_previous) const;

  /// After the last backward step, that of i = 0: `previous` are all s_{i−1} [target rows][H]; adds to d_annotations
  /// [source rows][D] what comes through the contexts and through U_a, and leaves the gradients of W_a, U_a and v_a.
  void finish_backward(const AttentionTape<Real>& tape, ConstMatrixView<Real> previous, const AttentionParts& parts,
                       MatrixView<Real> d_annotations, std::span<Real> gradients, Arena& arena) const;

 private:
  void attend(const AttentionTape<Real>& tape, std::size_t k, const Real* query, ConstMatrixView<Real> values,
              Real* alpha, Real* context) const;

  Weight<Real> w_a_;
  Weight<Real> u_a_;
  Vector<Real> v_a_;
};

}  // namespace lockstep

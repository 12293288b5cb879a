#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "framework/layers/cell.h"
#include "framework/layers/deep_output.h"
#include "framework/layers/dropout.h"
#include "framework/layers/embedding.h"
#include "framework/layers/softmax_output.h"
#include "framework/layers/time_major.h"

namespace lockstep {

/// Where the context c_i of a decoder step comes from: attention, or one vector for the whole sentence.
template <typename Real>
class ContextSource {
 public:
  virtual ~ContextSource() = default;

  /// Step i, sentences 0 … n − 1, target rows begin, begin + 1, …: s_{i−1} [n][H] → c_i [n][D].
  virtual void forward(std::size_t i, std::size_t begin, ConstMatrixView<Real> previous, MatrixView<Real> contexts) = 0;

  /// What contexts are sums of, weighted by α: all sentences' h_j, or one vector a sentence; [source rows][D].
  [[nodiscard]] virtual ConstMatrixView<Real> values() const = 0;

  /// A step while decoding: row r belongs to sentence sentences[r], best with rows of one sentence together; s_{i−1}
  /// [n][H] → Σ_j α_ij products_j + offsets[r] [n][K]. That is the context's product with a weight whose product with
  /// values() is `products` [source rows][K]. What it leaves in `arena` is valid until the next step.
  virtual void step(std::span<const std::size_t> sentences, ConstMatrixView<Real> previous,
                    ConstMatrixView<Real> products, std::span<const Real* const> offsets, MatrixView<Real> sums,
                    Arena& arena) = 0;

  /// The step of forward() back: d_contexts [n][D] → added to d_previous [n][H].
  virtual void backward(std::size_t i, std::size_t begin, ConstMatrixView<Real> d_contexts,
                        MatrixView<Real> d_previous) = 0;
};

/// Sizes of a decoder.
struct DecoderSizes {
  std::size_t vocabulary;
  std::size_t embedding;
  std::size_t hidden;
  std::size_t context;  ///< D
  std::size_t initial;  ///< columns of what the first state is made from
  std::size_t maxout;
};

/// Masks of one shard.
template <typename Real>
struct DecoderDropout {
  Dropout<Real> embedding;  ///< [rows][M]
  Dropout<Real> context;    ///< [rows][D]
  Dropout<Real> output;     ///< [rows][L]
};

/// What a decoder keeps from forward to backward; rows are target words, time-major.
template <typename Real>
struct DecoderTape {
  MatrixView<Real> embedded;  ///< E y_{i−1} [rows][M], after dropout
  MatrixView<Real> contexts;  ///< c_i [rows][D], after dropout
  MatrixView<Real> states;    ///< s_i [rows][H]
  CellTape<Real> cell;
  DeepOutputTape<Real> output;
  DecoderDropout<Real> dropout;
  // Gradients that pass from the output to the recurrence.
  MatrixView<Real> d_embedded;
  MatrixView<Real> d_contexts;
  MatrixView<Real> d_states;
};

/// What a decoder multiplies once for a batch of source sentences instead of for every hypothesis at every step. The
/// cell and the output see E y_{i−1} and c_i through products alone, and c_i is a sum: c_i C = Σ_j α_ij (h_j C).
template <typename Real>
struct DecoderProducts {
  MatrixView<Real> contexts;       ///< h_j (C | C_o) [source rows][G·H + 2L]
  std::vector<const Real*> words;  ///< E y (W | V_o) + (b | b_o) of each word met so far; no word comes last
};

/// What a decoder knows of each hypothesis while decoding, and what it computed at the last step.
template <typename Real>
struct DecoderStep {
  ConstMatrixView<Real> states;    ///< s_i [rows][H]
  ConstMatrixView<Real> memories;  ///< of an LSTM [rows][H]
  ConstMatrixView<Real> previous;  ///< s_{i−1} [rows][H]
  ConstMatrixView<Real> maxout;    ///< t_i [rows][L]
};

/// The decoder of Bahdanau et al. 2015 (appendix A.2.2) for any source of contexts and any cell:
///   s_0 = tanh(x W_s + b_s),  s_i = cell(E y_{i−1} W + b + c_i C, s_{i−1}),  then the deep output of (s_i, E y_{i−1},
///   c_i).
/// y_0 stands for no word; its embedding is zero. Parameters: decoder/E, W_s, b_s, W, b, C, the cell's; output/….
template <typename Real>
class Decoder {
 public:
  Decoder(CellKind cell, ParameterLayout& layout, const Gemm<Real>& gemm, const DecoderSizes& sizes,
          InitialValue initial);

  void bind(std::span<const Real> parameters);

  /// The first element of the flat array that belongs to the output layers; those before it are the decoder's own.
  [[nodiscard]] std::size_t output_begin() const { return output_begin_; }

  /// previous_words [rows]: y_{i−1}, −1 at the first step; initial [sentences][x]: what s_0 is made from.
  DecoderTape<Real> forward(const TimeMajor& words, std::span<const std::int32_t> previous_words,
                            ConstMatrixView<Real> initial, const DecoderDropout<Real>& dropout,
                            ContextSource<Real>& source, Arena& arena) const;

  /// Loss of the wanted words [rows].
  CrossEntropy loss(const DecoderTape<Real>& tape, std::span<const std::int32_t> wanted, Arena& arena) const;

  /// The same, and back through the output layers: leaves all gradients from output_begin() on.
  /// `losses` [parts of words] are overwritten.
  void output_gradients(DecoderTape<Real>& tape, const TimeMajor& words, std::span<const std::int32_t> wanted,
                        double smoothing, std::span<CrossEntropy> losses, std::span<Real> gradients,
                        Arena& arena) const;

  /// Back through the recurrence, after output_gradients(): d_initial [sentences][x] (overwritten), and the decoder's
  /// own gradients.
  void backward(const DecoderTape<Real>& tape, const TimeMajor& words, std::span<const std::int32_t> previous_words,
                ConstMatrixView<Real> initial, ContextSource<Real>& source, MatrixView<Real> d_initial,
                std::span<Real> gradients, Arena& arena) const;

  /// Decoding: hypotheses without a word, one for each row of `initial` [sentences][x].
  DecoderStep<Real> start(ConstMatrixView<Real> initial, Arena& arena) const;

  /// What every step takes from the source's values; `arena` keeps it and what is added to it.
  DecoderProducts<Real> start_products(const ContextSource<Real>& source, Arena& arena) const;

  /// Row r goes on from row parents[r] of `before` with y_{i−1} = words[r] (−1: none), and belongs to sentences[r].
  /// Products of words that weren't met before are added to `products`, in the arena that keeps them.
  DecoderStep<Real> step(const DecoderStep<Real>& before, std::span<const std::size_t> parents,
                         std::span<const std::int32_t> words, std::span<const std::size_t> sentences,
                         ContextSource<Real>& source, DecoderProducts<Real>& products, Arena& kept, Arena& arena) const;

  /// Scores of the next word from t_i [rows][L].
  WordScores<Real> scores(ConstMatrixView<Real> maxout, Arena& arena) const { return softmax_.scores(maxout, arena); }

 private:
  /// Columns of DecoderProducts that belong to the cell; the output's come behind.
  [[nodiscard]] std::size_t cell_columns() const { return w_.columns(); }
  /// Where the word's product stands in DecoderProducts::words.
  [[nodiscard]] std::size_t place(std::int32_t word) const {
    return word < 0 ? softmax_.words() : static_cast<std::size_t>(word);
  }
  void add_words(std::span<const std::int32_t> words, DecoderProducts<Real>& products, Arena& kept, Arena& arena) const;

  /// s_0 = tanh(initial W_s + b_s).
  void first_states(ConstMatrixView<Real> initial, MatrixView<Real> states) const;

  Embedding<Real> embedding_;
  Weight<Real> w_s_;
  Vector<Real> b_s_;
  Weight<Real> w_;
  Vector<Real> b_;
  Weight<Real> c_;
  std::unique_ptr<Cell<Real>> cell_;
  std::size_t output_begin_;
  DeepOutput<Real> output_;
  SoftmaxOutput<Real> softmax_;
};

}  // namespace lockstep

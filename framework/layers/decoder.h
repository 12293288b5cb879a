#pragma once

#include <memory>
#include <span>
#include <string>

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

  /// A step while decoding: row r belongs to sentence sentences[r]; s_{i−1} [n][H] → c_i [n][D]. What it leaves in
  /// `arena` is valid until the next step.
  virtual void step(std::span<const std::size_t> sentences, ConstMatrixView<Real> previous, MatrixView<Real> contexts,
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

/// What a decoder knows of each hypothesis while decoding, and what it computed at the last step.
template <typename Real>
struct DecoderStep {
  ConstMatrixView<Real> states;        ///< s_i [rows][H]
  ConstMatrixView<Real> memories;      ///< of an LSTM [rows][H]
  ConstMatrixView<Real> previous;      ///< s_{i−1} [rows][H]
  ConstMatrixView<Real> contexts;      ///< c_i [rows][D]
  MatrixView<Real> log_probabilities;  ///< [rows][words]
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
  CrossEntropy output_gradients(DecoderTape<Real>& tape, std::span<const std::int32_t> wanted, double smoothing,
                                std::span<Real> gradients, Arena& arena) const;

  /// Back through the recurrence, after output_gradients(): d_initial [sentences][x] (overwritten), and the decoder's
  /// own gradients.
  void backward(const DecoderTape<Real>& tape, const TimeMajor& words, std::span<const std::int32_t> previous_words,
                ConstMatrixView<Real> initial, ContextSource<Real>& source, MatrixView<Real> d_initial,
                std::span<Real> gradients, Arena& arena) const;

  /// Decoding: hypotheses without a word, one for each row of `initial` [sentences][x].
  DecoderStep<Real> start(ConstMatrixView<Real> initial, Arena& arena) const;

  /// Row r goes on from row parents[r] of `before` with y_{i−1} = words[r] (−1: none), and belongs to sentences[r].
  DecoderStep<Real> step(const DecoderStep<Real>& before, std::span<const std::size_t> parents,
                         std::span<const std::int32_t> words, std::span<const std::size_t> sentences,
                         ContextSource<Real>& source, Arena& arena) const;

 private:
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

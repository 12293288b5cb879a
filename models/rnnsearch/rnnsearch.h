#pragma once

#include "framework/layers/attention.h"
#include "models/encoder_decoder.h"

namespace lockstep {

/// RNNsearch (Bahdanau, Cho and Bengio 2015): the decoder attends to all annotations at every step. README.md beside
/// this file lists each equation and the function that computes it.
template <typename Real>
class RnnSearch final : public EncoderDecoder<Real> {
 public:
  RnnSearch(const ModelOptions& options, std::unique_ptr<Gemm<Real>> gemm);

 private:
  MatrixView<Real> start_contexts(ConstMatrixView<Real> annotations) override;
  void start_contexts_backward() override;
  void finish_contexts_backward(ConstMatrixView<Real> d_initial, MatrixView<Real> d_annotations,
                                std::span<Real> gradients) override;
  void bind_contexts(std::span<const Real> parameters) override { attention_.bind(parameters); }
  std::vector<Alignment> current_alignments() const override;
  std::span<const Real> step_alpha(std::size_t r) const override { return step_.alpha[r]; }
  std::vector<Real> step_energies(std::size_t r, std::size_t k) const override;
  ConstMatrixView<Real> sentence_annotations(std::size_t k) const override;

  void forward(std::size_t i, std::size_t begin, ConstMatrixView<Real> previous, MatrixView<Real> contexts) override;
  ConstMatrixView<Real> values() const override { return annotations_; }
  void step(std::span<const std::size_t> sentences, ConstMatrixView<Real> previous, ConstMatrixView<Real> products,
            std::span<const Real* const> offsets, MatrixView<Real> sums, Arena& arena) override;
  void backward(std::size_t i, std::size_t begin, ConstMatrixView<Real> d_contexts,
                MatrixView<Real> d_previous) override;

  /// The annotation that s_0 is made from, for the decoder's k-th sentence: ←h_1 in rows of whole sentences, or the
  /// last →h_j where the encoder has one direction.
  template <typename Matrix>
  [[nodiscard]] auto initial_annotation(Matrix sentences, std::size_t k) const;

  std::size_t hidden_;
  Attention<Real> attention_;

  // The shard at hand.
  MatrixView<Real> annotations_;  ///< h_j [source rows][D], sentence after sentence
  MatrixView<Real> d_annotations_;
  AttentionTape<Real> tape_;
  AttentionStep<Real> step_;  ///< while decoding
};

}  // namespace lockstep

#pragma once

#include "models/encoder_decoder.h"

namespace lockstep {

/// RNNencdec (Cho et al. 2014; the baseline of Bahdanau et al. 2015): the whole source in one vector c, the same at
/// every step of the decoder: the last →h, and with a bidirectional encoder the first ←h beside it. README.md beside
/// this file lists the equations.
template <typename Real>
class RnnEncDec final : public EncoderDecoder<Real> {
 public:
  RnnEncDec(const ModelOptions& options, std::unique_ptr<Gemm<Real>> gemm);

 private:
  MatrixView<Real> start_contexts(ConstMatrixView<Real> annotations) override;
  void start_contexts_backward() override;
  void finish_contexts_backward(ConstMatrixView<Real> d_initial, MatrixView<Real> d_annotations,
                                std::span<Real> gradients) override;
  void bind_contexts(std::span<const Real> /*parameters*/) override {}
  std::vector<Alignment> current_alignments() const override { return {}; }
  std::span<const Real> step_alpha(std::size_t /*r*/) const override { return {}; }
  std::vector<Real> step_energies(std::size_t /*r*/, std::size_t /*k*/) const override { return {}; }
  ConstMatrixView<Real> sentence_annotations(std::size_t k) const override { return summaries_.row_block(k, 1); }

  void forward(std::size_t i, std::size_t begin, ConstMatrixView<Real> previous, MatrixView<Real> contexts) override;
  ConstMatrixView<Real> values() const override { return summaries_; }
  void step(std::span<const std::size_t> sentences, ConstMatrixView<Real> previous, ConstMatrixView<Real> products,
            std::span<const Real* const> offsets, MatrixView<Real> sums, Arena& arena) override;
  void backward(std::size_t i, std::size_t begin, ConstMatrixView<Real> d_contexts,
                MatrixView<Real> d_previous) override;

  /// The encoder's row that holds columns [0, H) or [H, 2H) of c for the decoder's k-th sentence.
  [[nodiscard]] std::size_t row_of(std::size_t k, Direction direction) const;

  std::size_t hidden_;

  // The shard at hand.
  MatrixView<Real> summaries_;  ///< c [sentences][D], in the decoder's order
  MatrixView<Real> d_summaries_;
};

}  // namespace lockstep

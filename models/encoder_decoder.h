#pragma once

#include <array>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "framework/layers/decoder.h"
#include "framework/layers/encoder.h"
#include "framework/model.h"
#include "models/model_options.h"
#include "models/pair_batch.h"

namespace lockstep {

/// What the text models share: an encoder over the source, a decoder over the target, and the way of a shard through
/// both. They differ in what stands between: how annotations become contexts and the first state.
template <typename Real>
class EncoderDecoder : public Model<Real>, protected ContextSource<Real> {
 public:
  [[nodiscard]] const ParameterLayout& layout() const override { return layout_; }
  void bind(std::span<const Real> parameters) override;
  ShardLoss gradients(const Examples& examples, const ShardKey& key, std::span<Real> gradients,
                      const GradientReady& ready) override;
  std::size_t shards_together(std::size_t shard_examples) const override;
  void gradients_together(std::span<const Examples> shards, std::span<const ShardKey> keys, std::span<ShardLoss> losses,
                          std::span<Real> gradients, const GradientReady& ready) override;
  [[nodiscard]] std::vector<std::pair<std::size_t, std::size_t>> ready_order() const override {
    return {{decoder_.output_begin(), decoder_end_},
            {encoder_end_, decoder_.output_begin()},
            {decoder_end_, layout_.size()},
            {0, encoder_end_}};
  }
  ShardLoss loss(const Examples& examples) override;
  std::span<const std::span<const Token>> touched_rows() const override { return touched_rows_; }
  std::vector<Alignment> alignments(const Examples& examples) override;
  std::unique_ptr<IncrementalDecoder<Real>> start_decoding(std::span<const std::span<const Token>> sources) override;

 protected:
  /// `initial_size`: how many numbers s_0 is made from.
  EncoderDecoder(const ModelOptions& options, std::unique_ptr<Gemm<Real>> gemm, std::size_t initial_size);

  /// annotations [source rows][D], in the encoder's order → [sentences][x], what s_0 is made from. From here on
  /// ContextSource::forward may be called.
  virtual MatrixView<Real> start_contexts(ConstMatrixView<Real> annotations) = 0;
  /// Before ContextSource::backward is called.
  virtual void start_contexts_backward() = 0;
  /// After it: d_initial [sentences][x] → d_annotations [source rows][D] (overwritten), in the encoder's order.
  virtual void finish_contexts_backward(ConstMatrixView<Real> d_initial, MatrixView<Real> d_annotations,
                                        std::span<Real> gradients) = 0;
  virtual void bind_contexts(std::span<const Real> parameters) = 0;
  virtual std::vector<Alignment> current_alignments() const = 0;

  // After ContextSource::step: the α_i of row r and the energies behind it, where there are any, and the annotations of
  // the k-th sentence.
  virtual std::span<const Real> step_alpha(std::size_t r) const = 0;
  virtual std::vector<Real> step_energies(std::size_t r, std::size_t k) const = 0;
  virtual ConstMatrixView<Real> sentence_annotations(std::size_t k) const = 0;

  [[nodiscard]] ParameterLayout& parameter_layout() { return layout_; }
  [[nodiscard]] const Gemm<Real>& gemm() const { return *gemm_; }
  [[nodiscard]] const Encoder<Real>& encoder() const { return encoder_; }
  [[nodiscard]] const PairBatch& batch() const { return batch_; }
  [[nodiscard]] const DecoderTape<Real>& decoder_tape() const { return decoder_tape_; }
  [[nodiscard]] Arena& arena() { return arena_; }

 private:
  class Hypotheses;

  /// Memory of a decoding, kept for the next so that its pages are there already.
  struct DecodingMemory {
    std::array<Arena, 2> steps;  ///< the last step's and, until it has been read, that of the step before
    Arena products;
    Arena scores;
  };

  /// Lays out the pairs of one or more shards and encodes their source: leaves initial_ and what ContextSource needs.
  void encode(std::span<const SentencePairs* const> shards, double embedding_dropout, std::span<const ShardKey> keys);
  void run_forward(std::span<const SentencePairs* const> shards, const DropoutConfiguration& rates,
                   std::span<const ShardKey> keys);
  /// Of one shard, without dropout.
  void run_forward(const SentencePairs& pairs) { run_forward(std::array<const SentencePairs*, 1>{&pairs}, {}, {}); }

  ModelOptions options_;
  std::unique_ptr<Gemm<Real>> gemm_;
  ParameterLayout layout_;
  Encoder<Real> encoder_;
  std::size_t encoder_end_;
  Decoder<Real> decoder_;
  std::size_t decoder_end_;

  // The batch at hand.
  Arena arena_;
  PairBatch batch_;
  std::array<std::span<const Token>, 2> touched_rows_;  ///< of the source's and the target's embedding
  MatrixView<Real> initial_;
  Dropout<Real> source_dropout_;
  EncoderTape<Real> encoder_tape_;
  DecoderTape<Real> decoder_tape_;
  DecodingMemory decoding_;
};

}  // namespace lockstep

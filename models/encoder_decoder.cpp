#include "models/encoder_decoder.h"

#include <algorithm>
#include <bit>
#include <utility>
#include <variant>

namespace lockstep {

namespace {

std::size_t size_of(std::int64_t configured) {
  return static_cast<std::size_t>(configured);
}

DecoderSizes decoder_sizes(const ModelOptions& options, std::size_t context, std::size_t initial) {
  return {.vocabulary = options.inputs.target_vocabulary,
          .embedding = size_of(options.model.embedding),
          .hidden = size_of(options.model.hidden),
          .context = context,
          .initial = initial,
          .maxout = size_of(options.model.maxout)};
}

}  // namespace

template <typename Real>
EncoderDecoder<Real>::EncoderDecoder(const ModelOptions& options, std::unique_ptr<Gemm<Real>> gemm,
                                     std::size_t initial_size)
    : options_(options),
      gemm_(std::move(gemm)),
      encoder_(options.model.encoder, options.model.cell, layout_, *gemm_, "encoder", options.inputs.source_vocabulary,
               size_of(options.model.embedding), size_of(options.model.hidden), initial_weights(options.model.initial)),
      encoder_end_(layout_.size()),
      decoder_(options.model.cell, layout_, *gemm_, decoder_sizes(options, encoder_.annotation_size(), initial_size),
               initial_weights(options.model.initial)),
      decoder_end_(layout_.size()) {}

template <typename Real>
void EncoderDecoder<Real>::bind(std::span<const Real> parameters) {
  encoder_.bind(parameters);
  decoder_.bind(parameters);
  bind_contexts(parameters);
}

template <typename Real>
void EncoderDecoder<Real>::encode(std::span<const SentencePairs* const> shards, double embedding_dropout,
                                  std::span<const ShardKey> keys) {
  arena_.reset();
  batch_.assign(shards);
  source_dropout_ = make_dropout<Real>(embedding_dropout, keys, DropoutMask::kSourceEmbedding,
                                       batch_.source().row_parts(), size_of(options_.model.embedding), arena_);
  const MatrixView<Real> annotations = arena_.matrix<Real>(batch_.source().rows(), encoder_.annotation_size());
  encoder_tape_ = encoder_.forward(batch_.source(), batch_.source_words(), source_dropout_, annotations, arena_);
  initial_ = start_contexts(annotations);
}

template <typename Real>
void EncoderDecoder<Real>::run_forward(std::span<const SentencePairs* const> shards, const DropoutConfiguration& rates,
                                       std::span<const ShardKey> keys) {
  encode(shards, rates.embedding, keys);
  const RowParts parts = batch_.target().row_parts();
  const auto mask = [&](double rate, DropoutMask which, std::size_t columns) {
    return make_dropout<Real>(rate, keys, which, parts, columns, arena_);
  };
  const DecoderDropout<Real> dropout = {
      mask(rates.embedding, DropoutMask::kTargetEmbedding, size_of(options_.model.embedding)),
      mask(rates.context, DropoutMask::kContext, encoder_.annotation_size()),
      mask(rates.output, DropoutMask::kOutput, size_of(options_.model.maxout))};
  decoder_tape_ = decoder_.forward(batch_.target(), batch_.previous_words(), initial_, dropout, *this, arena_);
}

template <typename Real>
std::size_t EncoderDecoder<Real>::shards_together(std::size_t shard_examples) const {
  if (!gemm_->rows_are_independent()) return 1;
  return std::min(std::bit_floor(std::max<std::size_t>(gemm_->full_speed_rows() / shard_examples, 1)), kMostParts);
}

template <typename Real>
ShardLoss EncoderDecoder<Real>::gradients(const Examples& examples, const ShardKey& key, std::span<Real> gradients,
                                          const GradientReady& ready) {
  ShardLoss loss;
  gradients_together({&examples, 1}, {&key, 1}, {&loss, 1}, gradients, ready);
  return loss;
}

template <typename Real>
void EncoderDecoder<Real>::gradients_together(std::span<const Examples> shards, std::span<const ShardKey> keys,
                                              std::span<ShardLoss> losses, std::span<Real> gradients,
                                              const GradientReady& ready) {
  std::array<const SentencePairs*, kMostParts> pairs = {};
  std::size_t sentences = 0;
  for (std::size_t p = 0; p < shards.size(); ++p) {
    pairs[p] = &std::get<SentencePairs>(shards[p]);
    sentences += pairs[p]->source.size();
    losses[p] = {};
  }
  const auto tell = [&](std::size_t begin, std::size_t end) {
    if (ready && begin < end) ready(begin, end);
  };
  if (sentences == 0) {
    zero_outside_row_blocks(layout_, gradients);
    touched_rows_ = {};
    tell(0, gradients.size());
    return;
  }
  zero_padding(layout_, gradients);
  run_forward({pairs.data(), shards.size()}, options_.model.dropout, keys);
  touched_rows_ = {batch_.source_words(), batch_.previous_words()};
  std::array<CrossEntropy, kMostParts> sums;
  decoder_.output_gradients(decoder_tape_, batch_.target(), batch_.target_words(), options_.label_smoothing, sums,
                            gradients, arena_);
  const RowParts parts = batch_.target().row_parts();
  for (std::size_t p = 0; p < shards.size(); ++p)
    losses[p] = {sums[p].objective, sums[p].cross_entropy, parts[p].size()};
  tell(decoder_.output_begin(), decoder_end_);

  const MatrixView<Real> d_initial = arena_.matrix<Real>(initial_.rows, initial_.columns);
  const MatrixView<Real> d_annotations = arena_.matrix<Real>(batch_.source().rows(), encoder_.annotation_size());
  start_contexts_backward();
  decoder_.backward(decoder_tape_, batch_.target(), batch_.previous_words(), initial_, *this, d_initial, gradients,
                    arena_);
  finish_contexts_backward(d_initial, d_annotations, gradients);
  tell(encoder_end_, decoder_.output_begin());
  tell(decoder_end_, layout_.size());

  encoder_.backward(batch_.source(), batch_.source_words(), source_dropout_, encoder_tape_, d_annotations, gradients,
                    arena_);
  tell(0, encoder_end_);
}

template <typename Real>
ShardLoss EncoderDecoder<Real>::loss(const Examples& examples) {
  const auto& pairs = std::get<SentencePairs>(examples);
  if (pairs.source.empty()) return {};
  run_forward(pairs);
  const CrossEntropy sum = decoder_.loss(decoder_tape_, batch_.target_words(), arena_);
  return {sum.objective, sum.cross_entropy, batch_.target().rows()};
}

template <typename Real>
std::vector<Alignment> EncoderDecoder<Real>::alignments(const Examples& examples) {
  const auto& pairs = std::get<SentencePairs>(examples);
  if (pairs.source.empty()) return {};
  run_forward(pairs);
  return current_alignments();
}

template class EncoderDecoder<float>;
template class EncoderDecoder<double>;

}  // namespace lockstep

#include "models/encoder_decoder.h"

#include <algorithm>
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
void EncoderDecoder<Real>::encode(const SentencePairs& pairs, double embedding_dropout, const ShardKey& key) {
  arena_.reset();
  batch_.assign(pairs);
  const std::size_t rows = batch_.source().rows();
  source_dropout_ = make_dropout<Real>(embedding_dropout, key, DropoutMask::kSourceEmbedding, rows,
                                       size_of(options_.model.embedding), arena_);
  const MatrixView<Real> annotations = arena_.matrix<Real>(rows, encoder_.annotation_size());
  encoder_tape_ = encoder_.forward(batch_.source(), batch_.source_words(), source_dropout_, annotations, arena_);
  initial_ = start_contexts(annotations);
}

template <typename Real>
void EncoderDecoder<Real>::run_forward(const SentencePairs& pairs, const DropoutConfiguration& rates,
                                       const ShardKey& key) {
  encode(pairs, rates.embedding, key);
  const std::size_t rows = batch_.target().rows();
  const DecoderDropout<Real> dropout = {
      make_dropout<Real>(rates.embedding, key, DropoutMask::kTargetEmbedding, rows, size_of(options_.model.embedding),
                         arena_),
      make_dropout<Real>(rates.context, key, DropoutMask::kContext, rows, encoder_.annotation_size(), arena_),
      make_dropout<Real>(rates.output, key, DropoutMask::kOutput, rows, size_of(options_.model.maxout), arena_)};
  decoder_tape_ = decoder_.forward(batch_.target(), batch_.previous_words(), initial_, dropout, *this, arena_);
}

template <typename Real>
ShardLoss EncoderDecoder<Real>::gradients(const Examples& examples, const ShardKey& key, std::span<Real> gradients,
                                          const GradientReady& ready) {
  const auto& pairs = std::get<SentencePairs>(examples);
  const auto tell = [&](std::size_t begin, std::size_t end) {
    if (ready && begin < end) ready(begin, end);
  };
  if (pairs.source.empty()) {
    zero_outside_row_blocks(layout_, gradients);
    touched_rows_ = {};
    tell(0, gradients.size());
    return {};
  }
  zero_padding(layout_, gradients);
  run_forward(pairs, options_.model.dropout, key);
  touched_rows_ = {batch_.source_words(), batch_.previous_words()};
  const CrossEntropy sum =
      decoder_.output_gradients(decoder_tape_, batch_.target_words(), options_.label_smoothing, gradients, arena_);
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
  return {sum.objective, sum.cross_entropy, batch_.target().rows()};
}

template <typename Real>
ShardLoss EncoderDecoder<Real>::loss(const Examples& examples) {
  const auto& pairs = std::get<SentencePairs>(examples);
  if (pairs.source.empty()) return {};
  run_forward(pairs, {}, {});
  const CrossEntropy sum = decoder_.loss(decoder_tape_, batch_.target_words(), arena_);
  return {sum.objective, sum.cross_entropy, batch_.target().rows()};
}

template <typename Real>
std::vector<Alignment> EncoderDecoder<Real>::alignments(const Examples& examples) {
  const auto& pairs = std::get<SentencePairs>(examples);
  if (pairs.source.empty()) return {};
  run_forward(pairs, {}, {});
  return current_alignments();
}

template class EncoderDecoder<float>;
template class EncoderDecoder<double>;

}  // namespace lockstep

#include <array>
#include <numeric>

#include "models/encoder_decoder.h"

namespace lockstep {

/// Decoding by a text model: the source side stays in the model's memory, each step's in one of two arenas, so that the
/// step before can still be read.
template <typename Real>
class EncoderDecoder<Real>::Hypotheses final : public IncrementalDecoder<Real> {
 public:
  explicit Hypotheses(EncoderDecoder& model) : model_(model), sentences_(model.initial_.rows) {
    std::iota(sentences_.begin(), sentences_.end(), std::size_t{0});
    step_ = model_.decoder_.start(model_.initial_, arenas_[0]);
  }

  void step(std::span<const std::size_t> parents, std::span<const Token> words) override {
    std::vector<std::size_t> sentences(parents.size());
    for (std::size_t r = 0; r < parents.size(); ++r) sentences[r] = sentences_[parents[r]];
    sentences_ = std::move(sentences);
    current_ = 1 - current_;
    arenas_[current_].reset();
    step_ = model_.decoder_.step(step_, parents, words, sentences_, model_, arenas_[current_]);
  }

  MatrixView<Real> log_probabilities() override { return step_.log_probabilities; }
  std::span<const Real> alpha(std::size_t r) const override { return model_.step_alpha(r); }

  StepDetails<Real> details(std::size_t r) const override {
    const auto row = [r](ConstMatrixView<Real> matrix) { return std::span<const Real>(matrix.row(r), matrix.columns); };
    return {row(step_.previous), model_.step_energies(r, sentences_[r]), row(step_.contexts), row(step_.states)};
  }

  ConstMatrixView<Real> annotations(std::size_t sentence) const override {
    return model_.sentence_annotations(sentence);
  }

 private:
  EncoderDecoder& model_;
  std::vector<std::size_t> sentences_;  ///< of each hypothesis
  std::array<Arena, 2> arenas_;
  std::size_t current_ = 0;
  DecoderStep<Real> step_;
};

template <typename Real>
std::unique_ptr<IncrementalDecoder<Real>> EncoderDecoder<Real>::start_decoding(
    std::span<const std::span<const Token>> sources) {
  // Targets of equal length leave the sentences in their order.
  static constexpr Token kTarget[] = {kEndOfSentence};
  SentencePairs pairs;
  pairs.source.assign(sources.begin(), sources.end());
  pairs.target.assign(sources.size(), std::span<const Token>(kTarget));
  encode(pairs, 0, {});
  return std::make_unique<Hypotheses>(*this);
}

template std::unique_ptr<IncrementalDecoder<float>> EncoderDecoder<float>::start_decoding(
    std::span<const std::span<const Token>>);
template std::unique_ptr<IncrementalDecoder<double>> EncoderDecoder<double>::start_decoding(
    std::span<const std::span<const Token>>);

}  // namespace lockstep

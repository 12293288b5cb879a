#include <numeric>

#include "models/encoder_decoder.h"

namespace lockstep {

/// Decoding by a text model: the source side and all products that are good for many steps stay in the model's memory,
/// each step's in one of two arenas, so that the step before can still be read.
template <typename Real>
class EncoderDecoder<Real>::Hypotheses final : public IncrementalDecoder<Real> {
 public:
  explicit Hypotheses(EncoderDecoder& model)
      : model_(model), memory_(model.decoding_), sentences_(model.initial_.rows) {
    std::iota(sentences_.begin(), sentences_.end(), std::size_t{0});
    memory_.steps[0].reset();
    memory_.products.reset();
    step_ = model_.decoder_.start(model_.initial_, memory_.steps[0]);
    products_ = model_.decoder_.start_products(model_, memory_.products);
  }

  void step(std::span<const std::size_t> parents, std::span<const Token> words) override {
    before_.swap(sentences_);
    sentences_.resize(parents.size());
    for (std::size_t r = 0; r < parents.size(); ++r) sentences_[r] = before_[parents[r]];
    current_ = 1 - current_;
    memory_.steps[current_].reset();
    step_ = model_.decoder_.step(step_, parents, words, sentences_, model_, products_, memory_.products,
                                 memory_.steps[current_]);
  }

  WordScores<Real> scores(std::size_t begin, std::size_t count) override {
    memory_.scores.reset();
    return model_.decoder_.scores(step_.maxout.row_block(begin, count), memory_.scores);
  }

  std::span<const Real> alpha(std::size_t r) const override { return model_.step_alpha(r); }

  StepDetails<Real> details(std::size_t r) const override {
    const auto row = [r](ConstMatrixView<Real> matrix) { return std::span<const Real>(matrix.row(r), matrix.columns); };
    return {row(step_.previous), model_.step_energies(r, sentences_[r]), context(r), row(step_.states)};
  }

  ConstMatrixView<Real> annotations(std::size_t sentence) const override {
    return model_.sentence_annotations(sentence);
  }

 private:
  /// c_i, which the step itself knows in products alone.
  [[nodiscard]] std::vector<Real> context(std::size_t r) const {
    const ConstMatrixView<Real> values = annotations(sentences_[r]);
    const std::span<const Real> weights = alpha(r);
    std::vector<Real> context(values.columns);
    for (std::size_t j = 0; j < values.rows; ++j) {
      const Real weight = weights.empty() ? Real{1} : weights[j];
      for (std::size_t d = 0; d < values.columns; ++d) context[d] += weight * values(j, d);
    }
    return context;
  }

  EncoderDecoder& model_;
  DecodingMemory& memory_;
  std::vector<std::size_t> sentences_;  ///< of each hypothesis
  std::vector<std::size_t> before_;     ///< of each of the step before
  std::size_t current_ = 0;
  DecoderProducts<Real> products_;
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
  encode(std::array<const SentencePairs*, 1>{&pairs}, 0, {});
  return std::make_unique<Hypotheses>(*this);
}

template std::unique_ptr<IncrementalDecoder<float>> EncoderDecoder<float>::start_decoding(
    std::span<const std::span<const Token>>);
template std::unique_ptr<IncrementalDecoder<double>> EncoderDecoder<double>::start_decoding(
    std::span<const std::span<const Token>>);

}  // namespace lockstep

// Decoding word by word computes what a whole forward pass computes.
#include <cmath>
#include <numeric>

#include "models/registry.h"
#include "tests/support/catch.h"
#include "tests/support/tiny_pairs.h"

using namespace lockstep;

namespace {

/// A model with parameters of its own.
struct Fixture {
  explicit Fixture(const Configuration& configuration)
      : model(make_model<double>(configuration, pairs.sizes())), parameters(model->layout().size()) {
    initialize<double>(model->layout(), 5, parameters);
    // None at zero, least of all v_a: attention must not be even, or it wouldn't matter which state asks.
    for (std::size_t i = 0; i < parameters.size(); ++i) parameters[i] += 0.4 * std::sin(static_cast<double>(i));
    zero_padding<double>(model->layout(), parameters);
    model->bind(parameters);
  }
  testing::TinyPairs pairs;
  std::unique_ptr<Model<double>> model;
  std::vector<double> parameters;
};

}  // namespace

TEST_CASE("Steps along given targets give the loss, the alignments and the energies of a forward pass", "[models]") {
  Configuration configuration = testing::tiny_model();
  configuration.model.kind = GENERATE(ModelKind::kRnnSearch, ModelKind::kRnnEncDec);
  configuration.model.cell = GENERATE(CellKind::kTanh, CellKind::kGru, CellKind::kLstm);
  configuration.model.encoder = GENERATE(EncoderKind::kBidirectional, EncoderKind::kForward);
  configuration.model.initial.scheme = InitialScheme::kGlorot;
  CAPTURE(configuration.model.kind, configuration.model.cell, configuration.model.encoder);
  Fixture fixture(configuration);
  const SentencePairs pairs = fixture.pairs.examples();
  const double expected = fixture.model->loss(pairs).cross_entropy;
  const std::vector<Alignment> alignments = fixture.model->alignments(pairs);

  const auto decoder = fixture.model->start_decoding(pairs.source);
  std::vector<std::size_t> sentences(pairs.source.size());  // of each hypothesis of the step before
  std::iota(sentences.begin(), sentences.end(), std::size_t{0});
  double loss = 0;
  for (std::size_t i = 0; !sentences.empty(); ++i) {
    // Sentences leave when their target ends, and the others change places.
    std::vector<std::size_t> parents;
    std::vector<Token> words;
    std::vector<std::size_t> running;
    for (std::size_t r = sentences.size(); r-- > 0;) {
      const std::size_t sentence = sentences[r];
      if (i >= pairs.target[sentence].size()) continue;
      parents.push_back(r);
      words.push_back(i == 0 ? -1 : pairs.target[sentence][i - 1]);
      running.push_back(sentence);
    }
    sentences = running;
    if (parents.empty()) break;
    decoder->step(parents, words);
    const WordScores<double> scores = decoder->scores(0, sentences.size());
    for (std::size_t r = 0; r < sentences.size(); ++r) {
      double sum = 0;
      for (std::size_t w = 0; w < scores.values.columns; ++w) sum += std::exp(scores.log_probability(r, w));
      CHECK(sum == Approx(1));
      loss -= scores.log_probability(r, static_cast<std::size_t>(pairs.target[sentences[r]][i]));

      const std::span<const double> alpha = decoder->alpha(r);
      if (configuration.model.kind == ModelKind::kRnnEncDec) {
        CHECK(alpha.empty());
        continue;
      }
      const std::vector<double> energies = decoder->details(r).energies;
      double partition = 0;
      for (const double energy : energies) partition += std::exp(energy);
      REQUIRE(alpha.size() == alignments[sentences[r]].columns);
      REQUIRE(energies.size() == alpha.size());
      const ConstMatrixView<double> annotations = decoder->annotations(sentences[r]);
      double context = 0;
      for (std::size_t j = 0; j < alpha.size(); ++j) {
        CHECK(alpha[j] == Approx(alignments[sentences[r]].row(i)[j]).margin(1e-6));
        CHECK(alpha[j] == Approx(std::exp(energies[j]) / partition));
        context += alpha[j] * annotations(j, 0);
      }
      CHECK(decoder->details(r).context[0] == Approx(context).margin(1e-12));
    }
  }
  CHECK(loss == Approx(expected));
}

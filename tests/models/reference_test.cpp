// Loss and gradients of both models against what PyTorch computed for the same parameters and pairs
// (tests/reference/make_models_reference.py).
#include <catch2/catch.hpp>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "models/registry.h"

using namespace lockstep;
using nlohmann::json;

namespace {

json load_reference() {
  std::ifstream file(LOCKSTEP_SOURCE_DIR "/tests/reference/models.json");
  REQUIRE(file.good());
  return json::parse(file);
}

Configuration configuration_of(const json& reference, const json& saved) {
  Configuration configuration;
  ModelConfiguration& model = configuration.model;
  model.kind = saved["kind"] == "rnnsearch" ? ModelKind::kRnnSearch : ModelKind::kRnnEncDec;
  model.cell = saved["cell"] == "tanh" ? CellKind::kTanh : saved["cell"] == "gru" ? CellKind::kGru : CellKind::kLstm;
  model.encoder = saved["encoder"] == "forward" ? EncoderKind::kForward : EncoderKind::kBidirectional;
  model.embedding = reference["sizes"]["embedding"];
  model.hidden = reference["sizes"]["hidden"];
  model.attention = reference["sizes"]["attention"];
  model.maxout = reference["sizes"]["maxout"];
  configuration.training.label_smoothing = reference["label_smoothing"];
  return configuration;
}

}  // namespace

TEST_CASE("Both models' loss and gradients agree with PyTorch in float32", "[models]") {
  const json reference = load_reference();
  const InputSizes sizes{reference["sizes"]["source_vocabulary"], reference["sizes"]["target_vocabulary"]};
  std::vector<std::vector<Token>> source;
  std::vector<std::vector<Token>> target;
  for (const json& pair : reference["pairs"]) {
    source.push_back(pair[0]);
    target.push_back(pair[1]);
  }
  const SentencePairs pairs{{source.begin(), source.end()}, {target.begin(), target.end()}};
  REQUIRE(reference["models"].size() == 12);

  for (const json& saved : reference["models"]) {
    const std::string name = saved["kind"].get<std::string>() + " " + saved["cell"].get<std::string>() + " " +
                             saved["encoder"].get<std::string>();
    CAPTURE(name);
    const auto model = make_model<float>(configuration_of(reference, saved), sizes);
    const ParameterLayout& layout = model->layout();
    REQUIRE(layout.parameters().size() == saved["parameters"].size());
    std::vector<float> parameters(layout.size());
    for (const Parameter& p : layout.parameters()) {
      const auto values = saved["parameters"].at(p.name).get<std::vector<float>>();
      REQUIRE(values.size() == p.size());
      std::copy(values.begin(), values.end(), parameters.begin() + static_cast<std::ptrdiff_t>(p.offset));
    }
    model->bind(parameters);
    std::vector<float> gradients(layout.size());
    const ShardLoss loss = model->gradients(pairs, {}, gradients, {});
    CHECK(loss.objective == Approx(saved["objective"].get<double>()).epsilon(1e-5));
    CHECK(loss.cross_entropy == Approx(saved["cross_entropy"].get<double>()).epsilon(1e-5));
    CHECK(model->loss(pairs).cross_entropy == Approx(saved["cross_entropy"].get<double>()).epsilon(1e-5));

    for (const Parameter& p : layout.parameters()) {
      CAPTURE(p.name);
      const auto wanted = saved["gradients"].at(p.name).get<std::vector<double>>();
      double largest = 0;
      double worst = 0;
      for (std::size_t i = 0; i < wanted.size(); ++i) {
        largest = std::max(largest, std::abs(wanted[i]));
        worst = std::max(worst, std::abs(wanted[i] - static_cast<double>(gradients[p.offset + i])));
      }
      CHECK(worst <= 1e-4 * largest);
    }
  }
}

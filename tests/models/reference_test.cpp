// Loss and gradients of both models against what PyTorch computed for the same parameters and pairs
// (tests/reference/make_models_reference.py).
#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "models/registry.h"
#include "tests/support/catch.h"
#include "tests/support/compute_kinds.h"

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

/// How far from PyTorch's numbers, computed in float32, a way of multiplying may be.
struct Tolerance {
  double loss = 0;      ///< relative
  double gradient = 0;  ///< of one element, relative to the greatest of its parameter
};

Tolerance tolerance_of(Precision precision) {
  if (precision == Precision::kFloat32) return {1e-5, 1e-4};
  // Rounding to bfloat16's 8 significant bits is off by 2⁻⁸ at most, and by 2⁻⁸ / √3 in the mean. The longest way of a
  // gradient here leads through some 30 products: 6 steps of the encoder and 5 of the decoder, forth and back, and
  // those of the output and the attention. They have 60 rounded factors, whose errors add up like a random walk; three
  // times its mean length.
  const double mean = std::ldexp(1.0, -8) / std::sqrt(3.0);
  return {std::ldexp(1.0, -8), 3 * std::sqrt(60.0) * mean};
}

}  // namespace

TEST_CASE("Both models' loss and gradients agree with PyTorch in every engine and precision", "[models]") {
  const auto kinds = compute_kinds();
  const ComputeKind kind = GENERATE_COPY(from_range(kinds));
  CAPTURE(kind.name);
  const Tolerance tolerance = tolerance_of(kind.precision);
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
  double farthest = 0;

  for (const json& saved : reference["models"]) {
    const std::string name = saved["kind"].get<std::string>() + " " + saved["cell"].get<std::string>() + " " +
                             saved["encoder"].get<std::string>();
    CAPTURE(name);
    Configuration configuration = configuration_of(reference, saved);
    configuration.compute.gemm = kind.gemm;
    configuration.compute.precision = kind.precision;
    const auto model = make_model<float>(configuration, sizes);
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
    const auto about = [&](const char* what) { return Approx(saved[what].get<double>()).epsilon(tolerance.loss); };
    CHECK(loss.objective == about("objective"));
    CHECK(loss.cross_entropy == about("cross_entropy"));
    CHECK(model->loss(pairs).cross_entropy == about("cross_entropy"));

    for (const Parameter& p : layout.parameters()) {
      CAPTURE(p.name);
      const auto wanted = saved["gradients"].at(p.name).get<std::vector<double>>();
      double largest = 0;
      double worst = 0;
      for (std::size_t i = 0; i < wanted.size(); ++i) {
        largest = std::max(largest, std::abs(wanted[i]));
        worst = std::max(worst, std::abs(wanted[i] - static_cast<double>(gradients[p.offset + i])));
      }
      CHECK(worst <= tolerance.gradient * largest);
      farthest = std::max(farthest, worst / largest);
    }
  }
  // Factors were rounded where that was asked for, and only there.
  CHECK((farthest > 1e-3) == (kind.precision == Precision::kBfloat16));
}

// Every layer's backward pass against central differences in float64. Each layer is given random inputs and a random
// linear loss over its outputs; the largest error, relative to the largest element of each gradient, must stay under
// 1e-6.
#include <numeric>

#include "framework/layers/attention.h"
#include "framework/layers/decoder.h"
#include "framework/layers/deep_output.h"
#include "framework/layers/encoder.h"
#include "framework/layers/recurrence.h"
#include "framework/layers/softmax_output.h"
#include "tests/support/catch.h"
#include "tests/support/gradient_check.h"

using namespace lockstep;
using lockstep::testing::gradient_error;
using lockstep::testing::parameter_gradient_error;
using lockstep::testing::random_values;

namespace {

constexpr double kBound = 1e-6;

double dot(ConstMatrixView<double> a, const std::vector<double>& weights) {
  double sum = 0;
  for (std::size_t r = 0; r < a.rows; ++r)
    for (std::size_t c = 0; c < a.columns; ++c) sum += a(r, c) * weights[r * a.columns + c];
  return sum;
}

MatrixView<double> matrix(std::vector<double>& values, std::size_t rows, std::size_t columns) {
  values.resize(rows * columns);
  return {values.data(), rows, columns};
}

const std::unique_ptr<Gemm<double>> kGemm = make_gemm<double>(GemmEngine::kOpenBlas, Precision::kFloat32);

CellKind cell_of(const std::string& name) {
  if (name == "tanh") return CellKind::kTanh;
  return name == "gru" ? CellKind::kGru : CellKind::kLstm;
}

}  // namespace

TEST_CASE("An embedding's gradient is that of its rows, also where a word comes twice", "[layers]") {
  ParameterLayout layout;
  Embedding<double> embedding(layout, "E", 5, 7, InitialValue::zero());
  std::vector<double> parameters = random_values(layout.size(), 1, 1);
  std::vector<double> gradients(layout.size());
  embedding.bind(parameters);
  const std::vector<std::int32_t> words = {3, 0, -1, 3, 4};
  const std::vector<double> weights = random_values(words.size() * 7, 1, 2);
  std::vector<double> storage;
  const MatrixView<double> y = matrix(storage, words.size(), 7);
  std::vector<double> dy = weights;
  Arena arena;
  embedding.gradient(RowParts(words.size()), words, matrix(dy, words.size(), 7), gradients, arena);
  const auto loss = [&] {
    embedding.forward(words, y);
    return dot(y, weights);
  };
  CHECK(parameter_gradient_error(layout, parameters, gradients, loss) < kBound);
  embedding.forward(words, y);
  CHECK(y(2, 3) == 0.0);
}

TEST_CASE("A recurrence's gradients hold for every cell in both directions over unequal lengths", "[layers]") {
  const std::string cell = GENERATE("tanh", "gru", "lstm");
  const Direction direction = GENERATE(Direction::kForward, Direction::kBackward);
  CAPTURE(cell, direction == Direction::kForward);
  ParameterLayout layout;
  Recurrence<double> recurrence(cell_of(cell), direction, layout, *kGemm, "r", 3, 5, InitialValue::zero());
  std::vector<double> parameters = random_values(layout.size(), 0.8, 3);
  std::vector<double> gradients(layout.size());
  recurrence.bind(parameters);
  TimeMajor words;
  const std::vector<std::size_t> lengths = {2, 4, 1, 4};
  words.assign(lengths);
  std::vector<double> inputs = random_values(words.rows() * 3, 1, 4);
  const MatrixView<double> x = matrix(inputs, words.rows(), 3);
  std::vector<double> storage;
  const MatrixView<double> states = matrix(storage, words.rows(), 5);
  const std::vector<double> weights = random_values(states.size(), 1, 5);
  Arena arena;
  const auto loss = [&] {
    arena.reset();
    recurrence.forward(words, x, states, arena);
    return dot(states, weights);
  };
  const CellTape<double> tape = recurrence.forward(words, x, states, arena);
  std::vector<double> d_states = weights;
  std::vector<double> d_inputs(inputs.size(), 0.5);
  recurrence.backward(words, tape, x, matrix(d_states, words.rows(), 5), 0.0, matrix(d_inputs, words.rows(), 3),
                      gradients, arena);
  CHECK(parameter_gradient_error(layout, parameters, gradients, loss) < kBound);
  CHECK(gradient_error(inputs, d_inputs, loss) < kBound);
}

TEST_CASE("Attention's gradients hold for states, annotations and its three parameters", "[layers]") {
  constexpr std::size_t kHidden = 4;
  constexpr std::size_t kAnnotation = 6;
  ParameterLayout layout;
  Attention<double> attention(layout, *kGemm, "a", kHidden, kAnnotation, 5, InitialValue::zero());
  std::vector<double> parameters = random_values(layout.size(), 1, 6);
  std::vector<double> gradients(layout.size());
  attention.bind(parameters);
  const std::vector<std::size_t> source_begin = {0, 3, 4, 9};  // three sentences of 3, 1 and 5 positions
  const std::vector<std::size_t> alpha_begin = {0, 3, 4, 9};   // and one target word each
  std::vector<double> annotation_values = random_values(9 * kAnnotation, 1, 7);
  std::vector<double> state_values = random_values(3 * kHidden, 1, 8);
  const MatrixView<double> annotations = matrix(annotation_values, 9, kAnnotation);
  const MatrixView<double> states = matrix(state_values, 3, kHidden);
  std::vector<double> storage;
  const MatrixView<double> contexts = matrix(storage, 3, kAnnotation);
  const std::vector<double> weights = random_values(contexts.size(), 1, 9);
  Arena arena;
  const auto loss = [&] {
    arena.reset();
    const auto tape = attention.start(annotations, source_begin, alpha_begin, 3, arena);
    attention.forward(tape, 0, 0, states, contexts);
    return dot(contexts, weights);
  };

  AttentionTape<double> tape = attention.start(annotations, source_begin, alpha_begin, 3, arena);
  attention.forward(tape, 0, 0, states, contexts);
  for (std::size_t k = 0; k < 3; ++k) {
    const auto alpha = tape.alpha(k, 0);
    CHECK(std::accumulate(alpha.begin(), alpha.end(), 0.0) == Approx(1).epsilon(1e-12));
  }
  attention.start_backward(tape, arena);
  std::vector<double> d_contexts = weights;
  std::vector<double> d_states(state_values.size(), 0.0);
  std::vector<double> d_annotations(annotation_values.size(), 0.0);
  attention.backward(tape, 0, 0, matrix(d_contexts, 3, kAnnotation), matrix(d_states, 3, kHidden));
  attention.finish_backward(tape, states, {RowParts(3), RowParts(9), RowParts(3)},
                            matrix(d_annotations, 9, kAnnotation), gradients, arena);
  CHECK(parameter_gradient_error(layout, parameters, gradients, loss) < kBound);
  CHECK(gradient_error(annotation_values, d_annotations, loss) < kBound);
  CHECK(gradient_error(state_values, d_states, loss) < kBound);
}

TEST_CASE("The deep output's gradients hold, with dropout on the maxout layer", "[layers]") {
  constexpr std::size_t kRows = 4;
  ParameterLayout layout;
  DeepOutput<double> output(layout, *kGemm, "o", 3, 2, 5, 6, InitialValue::zero());
  std::vector<double> parameters = random_values(layout.size(), 1, 10);
  std::vector<double> gradients(layout.size());
  output.bind(parameters);
  std::vector<double> states = random_values(kRows * 3, 1, 11);
  std::vector<double> embedded = random_values(kRows * 2, 1, 12);
  std::vector<double> contexts = random_values(kRows * 5, 1, 13);
  const std::vector<double> weights = random_values(kRows * 6, 1, 14);
  Arena masks;
  Arena arena;
  DeepOutputTape<double> tape;
  tape.dropout = Dropout<double>(0.3, kRows, 6, masks);
  tape.dropout.draw(RandomStream(1, RandomPurpose::kDropout, 0, 0), {0, kRows});
  const auto loss = [&] {
    arena.reset();
    tape.readout = arena.matrix<double>(kRows, 12);
    tape.maxout = arena.matrix<double>(kRows, 6);
    output.context_part(matrix(contexts, kRows, 5), tape.readout);
    output.forward(tape, matrix(states, kRows, 3), matrix(embedded, kRows, 2));
    return dot(tape.maxout, weights);
  };
  loss();
  std::vector<double> d_maxout = weights;
  std::vector<double> d_states(states.size());
  std::vector<double> d_embedded(embedded.size());
  std::vector<double> d_contexts(contexts.size());
  const RowParts rows(kRows);
  output.backward(tape, matrix(states, kRows, 3), matrix(embedded, kRows, 2), rows, matrix(d_maxout, kRows, 6),
                  matrix(d_states, kRows, 3), matrix(d_embedded, kRows, 2), gradients);
  output.context_backward(matrix(contexts, kRows, 5), tape.readout, rows, matrix(d_contexts, kRows, 5), gradients,
                          arena);
  CHECK(parameter_gradient_error(layout, parameters, gradients, loss) < kBound);
  CHECK(gradient_error(states, d_states, loss) < kBound);
  CHECK(gradient_error(embedded, d_embedded, loss) < kBound);
  CHECK(gradient_error(contexts, d_contexts, loss) < kBound);
}

TEST_CASE("The softmax output's gradients hold over several blocks of rows, with and without smoothing", "[layers]") {
  const double smoothing = GENERATE(0.0, 0.1);
  constexpr std::size_t kRows = 300;  // more than one block
  ParameterLayout layout;
  SoftmaxOutput<double> output(layout, *kGemm, "o", 3, 7, InitialValue::zero());
  std::vector<double> parameters = random_values(layout.size(), 1, 15);
  std::vector<double> gradients(layout.size());
  output.bind(parameters);
  std::vector<double> inputs = random_values(kRows * 3, 1, 16);
  std::vector<std::int32_t> words(kRows);
  for (std::size_t r = 0; r < kRows; ++r) words[r] = static_cast<std::int32_t>(r % 7);
  Arena arena;
  std::vector<double> d_inputs(inputs.size());
  std::vector<double> unused_gradients(layout.size());
  std::vector<double> unused_inputs(inputs.size());
  CrossEntropy sum;
  output.loss_and_gradients(RowParts(kRows), matrix(inputs, kRows, 3), words, smoothing, {&sum, 1},
                            matrix(d_inputs, kRows, 3), gradients, arena);
  const auto loss = [&] {
    arena.reset();
    CrossEntropy again;
    output.loss_and_gradients(RowParts(kRows), matrix(inputs, kRows, 3), words, smoothing, {&again, 1},
                              matrix(unused_inputs, kRows, 3), unused_gradients, arena);
    return again.objective;
  };
  CHECK(parameter_gradient_error(layout, parameters, gradients, loss) < kBound);
  const std::span<double> first(inputs.data(), 30);
  CHECK(gradient_error(first, std::span<const double>(d_inputs.data(), 30), loss) < kBound);
  CHECK(output.loss(matrix(inputs, kRows, 3), words, arena).cross_entropy == Approx(sum.cross_entropy));
}

TEST_CASE("An encoder's gradients hold with one direction and with two", "[layers]") {
  const EncoderKind kind = GENERATE(EncoderKind::kForward, EncoderKind::kBidirectional);
  ParameterLayout layout;
  Encoder<double> encoder(kind, CellKind::kGru, layout, *kGemm, "e", 6, 3, 4, InitialValue::zero());
  std::vector<double> parameters = random_values(layout.size(), 0.8, 17);
  std::vector<double> gradients(layout.size());
  encoder.bind(parameters);
  TimeMajor words;
  const std::vector<std::size_t> lengths = {1, 3, 2};
  words.assign(lengths);
  const std::vector<std::int32_t> tokens = {2, 5, 1, 2, 3, 0};
  std::vector<double> storage;
  const MatrixView<double> annotations = matrix(storage, words.rows(), encoder.annotation_size());
  const std::vector<double> weights = random_values(annotations.size(), 1, 18);
  Arena masks;
  const Dropout<double> dropout(0.4, words.rows(), 3, masks);
  dropout.draw(RandomStream(2, RandomPurpose::kDropout, 0, 0), {0, words.rows()});
  Arena arena;
  const auto loss = [&] {
    arena.reset();
    encoder.forward(words, tokens, dropout, annotations, arena);
    return dot(annotations, weights);
  };
  const EncoderTape<double> tape = encoder.forward(words, tokens, dropout, annotations, arena);
  std::vector<double> d_annotations = weights;
  encoder.backward(words, tokens, dropout, tape, matrix(d_annotations, words.rows(), encoder.annotation_size()),
                   gradients, arena);
  CHECK(parameter_gradient_error(layout, parameters, gradients, loss) < kBound);
}

TEST_CASE("Dropout drops at its rate, scales what stays, and is named by its stream", "[layers]") {
  Arena arena;
  const auto masked = [&](const RandomStream& stream, const RowSelection& rows) {
    const Dropout<double> dropout(0.25, 100, 101, arena);
    dropout.draw(stream, rows);
    std::vector<double> ones(100 * 101, 1.0);
    dropout.apply(matrix(ones, 100, 101));
    return ones;
  };
  const RandomStream stream(3, RandomPurpose::kDropout, 5, 1);
  const std::vector<double> once = masked(stream, {0, 100});
  std::size_t dropped = 0;
  for (const double value : once) {
    if (value == 0)
      ++dropped;
    else
      CHECK(value == Approx(1 / 0.75));
  }
  CHECK(static_cast<double>(dropped) / static_cast<double>(once.size()) == Approx(0.25).margin(0.02));
  CHECK(masked(stream, {0, 100}) == once);
  CHECK(masked(RandomStream(3, RandomPurpose::kDropout, 6, 1), {0, 100}) != once);

  // A row's mask is named by its place in the shard, wherever the row lies in the batch.
  std::vector<std::uint32_t> backwards(100);
  for (std::uint32_t i = 0; i < 100; ++i) backwards[i] = 99 - i;
  const std::vector<double> turned = masked(stream, RowSelection(std::span<const std::uint32_t>(backwards)));
  for (const std::size_t row : {0U, 1U, 57U})
    CHECK(std::equal(once.begin() + row * 101, once.begin() + (row + 1) * 101, turned.begin() + (99 - row) * 101));
}

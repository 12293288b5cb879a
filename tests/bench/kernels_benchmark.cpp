// Times of the element-wise kernels at the sizes of configs/multi30k.yaml and of Bahdanau et al. 2015, on one core:
// nanoseconds an element, and bytes read and written a second.

#include <benchmark/benchmark.h>

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "framework/layers/dropout.h"
#include "framework/numeric/attention_kernels.h"
#include "framework/numeric/cell_kernels.h"
#include "framework/numeric/elementwise.h"
#include "framework/numeric/optimizer_kernels.h"
#include "framework/numeric/output_kernels.h"

using namespace lockstep;

namespace {

/// A matrix of its own with numbers between −1 and 1.
struct Matrix {
  Matrix(std::size_t rows, std::size_t columns) : values(rows * columns), view(values.data(), rows, columns) {
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(std::sin(static_cast<double>(i)));
  }
  Matrix(const Matrix&) = delete;
  Matrix& operator=(const Matrix&) = delete;
  [[nodiscard]] float* data() { return values.data(); }

  std::vector<float> values;
  MatrixView<float> view;
};

/// `elements` and `bytes` of one iteration.
void count(benchmark::State& state, std::size_t elements, std::size_t bytes) {
  const auto iterations = static_cast<double>(state.iterations());
  state.counters["ns/element"] = benchmark::Counter(static_cast<double>(elements) * iterations * 1e-9,
                                                    benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
  state.counters["bytes"] = benchmark::Counter(static_cast<double>(bytes) * iterations, benchmark::Counter::kIsRate,
                                               benchmark::Counter::OneK::kIs1000);
}

std::size_t argument(const benchmark::State& state, int index) {
  return static_cast<std::size_t>(state.range(index));
}

// The functions themselves, from and to the first-level cache.

template <template <typename> class Pass>
void function(benchmark::State& state, void (*pass)(const Pass<float>&)) {
  const Matrix x(1, 2048);
  Matrix y(1, 2048);
  for (auto unused : state) {
    copy_rows<float>(x.view, y.view);
    pass({y.view});
    benchmark::ClobberMemory();
  }
  count(state, 2048, std::size_t{2048} * 8);
}
BENCHMARK_CAPTURE(function, tanh, tanh_forward<float>);
BENCHMARK_CAPTURE(function, sigmoid, sigmoid_forward<float>);
BENCHMARK_CAPTURE(function, exp, exp_forward<float>);

// Passes over matrices: rows, columns.

void bias(benchmark::State& state) {
  Matrix y(argument(state, 0), argument(state, 1));
  Matrix b(1, argument(state, 1));
  for (auto unused : state) add_bias(AddBias<float>{y.view, b.data()});
  count(state, y.view.size(), y.view.size() * 8);
}
BENCHMARK(bias)->Args({850, 1536})->Args({256, 8000});

void sums_of_columns(benchmark::State& state) {
  Matrix x(argument(state, 0), argument(state, 1));
  Matrix sums(1, argument(state, 1));
  for (auto unused : state) column_sums(ColumnSums<float>{x.view, {0, x.view.rows}, sums.data()});
  count(state, x.view.size(), x.view.size() * 4);
}
BENCHMARK(sums_of_columns)->Args({850, 1536})->Args({256, 8000})->Args({256, 30000});

void addition(benchmark::State& state) {
  Matrix x(argument(state, 0), argument(state, 1));
  Matrix y(argument(state, 0), argument(state, 1));
  for (auto unused : state) add_to(AddTo<float>{x.view, y.view});
  count(state, x.view.size(), x.view.size() * 12);
}
BENCHMARK(addition)->Args({64, 512})->Args({850, 1024});

// Cells: sentences, hidden units. `previous` and gates come from all over the tape, one step after the other.

constexpr std::size_t kSteps = 13;

void gru_forward(benchmark::State& state) {
  const std::size_t n = argument(state, 0);
  const std::size_t hidden = argument(state, 1);
  const Matrix before(kSteps * n, 3 * hidden);
  Matrix gates(kSteps * n, 3 * hidden);
  Matrix previous(kSteps * n, hidden);
  Matrix inner(kSteps * n, hidden);
  Matrix recurrent(n, 2 * hidden);
  Matrix states(kSteps * n, hidden);
  for (auto unused : state) {
    state.PauseTiming();
    copy_rows<float>(before.view, gates.view);
    state.ResumeTiming();
    for (std::size_t i = 0; i < kSteps; ++i) {
      const auto zr = gates.view.row_block(i * n, n).column_block(0, 2 * hidden);
      const auto candidate = gates.view.row_block(i * n, n).column_block(2 * hidden, hidden);
      gru_gates(GruGates<float>{recurrent.view, zr, previous.view.row_block(i * n, n), inner.view.row_block(i * n, n)});
      gru_state(GruState<float>{recurrent.view.column_block(0, hidden), zr.column_block(0, hidden),
                                previous.view.row_block(i * n, n), candidate, states.view.row_block(i * n, n)});
    }
  }
  count(state, kSteps * n * hidden, kSteps * n * hidden * 4 * 12);
}
BENCHMARK(gru_forward)->Args({64, 512})->Args({64, 1000});

void gru_backward(benchmark::State& state) {
  const std::size_t n = argument(state, 0);
  const std::size_t hidden = argument(state, 1);
  const Matrix before(kSteps * n, 3 * hidden);
  Matrix gates(kSteps * n, 3 * hidden);
  Matrix previous(kSteps * n, hidden);
  Matrix d_state(kSteps * n, hidden);
  Matrix d_previous(n, hidden);
  Matrix d_reset_state(n, hidden);
  for (auto unused : state) {
    state.PauseTiming();
    copy_rows<float>(before.view, gates.view);
    state.ResumeTiming();
    for (std::size_t i = 0; i < kSteps; ++i) {
      const auto step = gates.view.row_block(i * n, n);
      const ConstMatrixView<float> previous_states = previous.view.row_block(i * n, n);
      gru_state_backward(GruStateBackward<float>{d_state.view.row_block(i * n, n), previous_states,
                                                 step.column_block(0, hidden), step.column_block(2 * hidden, hidden),
                                                 d_previous.view});
      gru_reset_backward(GruResetBackward<float>{d_reset_state.view, previous_states, step.column_block(hidden, hidden),
                                                 d_previous.view});
    }
  }
  count(state, kSteps * n * hidden, kSteps * n * hidden * 4 * 13);
}
BENCHMARK(gru_backward)->Args({64, 512})->Args({64, 1000});

void lstm(benchmark::State& state) {
  const std::size_t n = argument(state, 0);
  const std::size_t hidden = argument(state, 1);
  Matrix gates(n, 4 * hidden);
  Matrix previous(n, hidden);
  Matrix memory(n, hidden);
  Matrix states(n, hidden);
  Matrix d_memory(n, hidden);
  for (auto unused : state) {
    lstm_forward(LstmForward<float>{gates.view, previous.view, memory.view, states.view});
    lstm_backward(LstmBackward<float>{states.view, previous.view, memory.view, gates.view, d_memory.view});
  }
  count(state, n * hidden, n * hidden * 4 * 22);
}
BENCHMARK(lstm)->Args({64, 512});

// Outputs: rows, words or maxout units.

void maxout(benchmark::State& state) {
  const std::size_t rows = argument(state, 0);
  const std::size_t units = argument(state, 1);
  Matrix input(rows, 2 * units);
  Matrix output(rows, units);
  for (auto unused : state) {
    maxout_forward(MaxoutForward<float>{input.view, output.view});
    maxout_backward(MaxoutBackward<float>{output.view, input.view});
  }
  count(state, rows * units, rows * units * 4 * 9);
}
BENCHMARK(maxout)->Args({850, 256})->Args({850, 500});

void cross_entropy(benchmark::State& state) {
  const std::size_t rows = argument(state, 0);
  const std::size_t size = argument(state, 1);
  const double smoothing = static_cast<double>(state.range(2)) / 100;
  Matrix logits(rows, size);
  Matrix bias(1, size);
  Matrix d_bias(1, size);
  std::vector<std::int32_t> words(rows);
  for (std::size_t r = 0; r < rows; ++r) words[r] = static_cast<std::int32_t>(r * 7 % size);
  double objective = 0;
  double total = 0;
  for (auto unused : state) {
    softmax_cross_entropy(SoftmaxCrossEntropy<float>{logits.view, bias.data(), words.data(), smoothing, true,
                                                     d_bias.data(), &objective, &total});
  }
  count(state, rows * size, rows * size * 8);
}
BENCHMARK(cross_entropy)->Args({8, 8000, 0})->Args({256, 8000, 0})->Args({256, 8000, 10})->Args({256, 30000, 0});

// Attention: sentences, positions and target words of each, size of its network, of annotations. Forward and backward
// of a whole shard; time is that of one of the sentences' A · T_x tanh.

void attention(benchmark::State& state) {
  const std::size_t sentences = argument(state, 0);
  const std::size_t positions = argument(state, 1);
  const std::size_t size = argument(state, 2);
  const std::size_t annotation = argument(state, 3);
  const std::size_t steps = positions;
  Matrix queries(sentences * steps, size);
  Matrix keys(sentences * positions, size);
  Matrix powers(sentences * positions, size);
  Matrix values(sentences * positions, annotation);
  Matrix v(1, size);
  Matrix d_v(1, size);
  Matrix alphas(sentences, positions * steps);
  Matrix contexts(sentences * steps, annotation);
  Matrix d_energies(sentences, positions * steps);
  Matrix d_queries(sentences * steps, size);
  Matrix d_keys(sentences * positions, size);
  Matrix d_values(sentences * positions, annotation);
  Matrix power(1, size);
  Matrix query_powers(steps, size);
  std::vector<const float*> query_rows(steps);
  std::vector<const float*> context_rows(steps);
  const auto of = [&](const Matrix& matrix, std::size_t k) { return matrix.view.row_block(k * positions, positions); };
  for (auto unused : state) {
    bool usable = false;
    key_powers(KeyPowers<float>{keys.view, powers.view, &usable});
    for (std::size_t i = 0; i < steps; ++i)
      for (std::size_t k = 0; k < sentences; ++k)
        attend_forward(AttendForward<float>{queries.view.row(i * sentences + k), of(keys, k), of(powers, k), v.data(),
                                            of(values, k), power.data(), alphas.view.row(k) + i * positions,
                                            contexts.view.row(i * sentences + k)});
    for (std::size_t i = steps; i-- > 0;)
      for (std::size_t k = 0; k < sentences; ++k)
        attend_backward(AttendBackward<float>{
            queries.view.row(i * sentences + k), of(keys, k), of(powers, k), v.data(), of(values, k),
            alphas.view.row(k) + i * positions, contexts.view.row(i * sentences + k), power.data(),
            d_energies.view.row(k) + i * positions, d_queries.view.row(i * sentences + k)});
    for (std::size_t k = 0; k < sentences; ++k) {
      for (std::size_t i = 0; i < steps; ++i) {
        query_rows[i] = queries.view.row(i * sentences + k);
        context_rows[i] = contexts.view.row(i * sentences + k);
      }
      attend_keys_backward(AttendKeysBackward<float>{
          steps, query_rows.data(), context_rows.data(), of(keys, k), of(powers, k), v.data(), alphas.view.row(k),
          d_energies.view.row(k), query_powers.view, of(d_keys, k), of(d_values, k), d_v.data()});
    }
  }
  const std::size_t words = sentences * steps;
  count(state, words * positions * size, words * positions * 4 * 2 * (size + annotation));
  state.counters["words"] =
      benchmark::Counter(static_cast<double>(words * state.iterations()), benchmark::Counter::kIsRate);
}
BENCHMARK(attention)
    ->Args({1, 14, 512, 1024})
    ->Args({64, 14, 512, 1024})
    ->Args({32, 14, 512, 1024})
    ->Args({8, 14, 512, 1024})
    ->Args({64, 30, 1000, 2000});

// Optimizers: parameters.

void adam(benchmark::State& state) {
  Matrix g(1, argument(state, 0));
  Matrix m(1, argument(state, 0));
  Matrix v(1, argument(state, 0));
  Matrix p(1, argument(state, 0));
  for (float& value : v.values) value *= value;
  const AdamCoefficients coefficients{1, 0.9F, 0.999F, 0.001F, 1, 1e-8F};
  for (auto unused : state) adam_pass(coefficients, g.values, m.values, v.values, p.values);
  count(state, g.values.size(), g.values.size() * 28);
}
BENCHMARK(adam)->Arg(1 << 24);

void adadelta(benchmark::State& state) {
  Matrix g(1, argument(state, 0));
  Matrix s(1, argument(state, 0));
  Matrix u(1, argument(state, 0));
  Matrix p(1, argument(state, 0));
  for (std::size_t i = 0; i < g.values.size(); ++i) s.values[i] = u.values[i] = std::abs(g.values[i]);
  const AdadeltaCoefficients coefficients{1, 0.95F, 1e-6F, 1};
  for (auto unused : state) adadelta_pass(coefficients, g.values, s.values, u.values, p.values);
  count(state, g.values.size(), g.values.size() * 28);
}
BENCHMARK(adadelta)->Arg(1 << 24);

void squares(benchmark::State& state) {
  const Matrix g(1, argument(state, 0));
  std::vector<double> sums(g.values.size() / 4096);
  for (auto unused : state) squared_block_sums(g.values, 4096, sums);
  count(state, g.values.size(), g.values.size() * 4);
}
BENCHMARK(squares)->Arg(1 << 24)->Arg(1 << 16);

void dropout_mask(benchmark::State& state) {
  Arena arena;
  for (auto unused : state) {
    arena.reset();
    const Dropout<float> dropout(0.2, 850, 1024, arena);
    dropout.draw(RandomStream(1, RandomPurpose::kDropout, 1, 1), {0, 850});
    benchmark::ClobberMemory();
  }
  count(state, std::size_t{850} * 1024, std::size_t{850} * 1024 * 4);
}
BENCHMARK(dropout_mask);

}  // namespace

BENCHMARK_MAIN();

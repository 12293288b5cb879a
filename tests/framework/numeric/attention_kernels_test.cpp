// Attention's kernels against their equations in double, at sizes that are and are not multiples of a vector.
#include "framework/numeric/attention_kernels.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/gradient_check.h"
#include "tests/support/instruction_sets.h"

using namespace lockstep;
using lockstep::testing::on_every_instruction_set;
using lockstep::testing::random_values;

namespace {

/// One sentence with some target words, in Real, and what the equations make of it in double.
template <typename Real>
struct Sentence {
  Sentence(std::size_t steps_, std::size_t positions_, std::size_t size_, std::size_t annotation_)
      : steps(steps_),
        positions(positions_),
        size(size_),
        annotation(annotation_),
        queries(numbers(steps * size, 1)),
        keys(numbers(positions * size, 2)),
        v(numbers(size, 3)),
        values(numbers(positions * annotation, 4)),
        d_contexts(numbers(steps * annotation, 5)) {}

  static std::vector<Real> numbers(std::size_t count, std::uint32_t seed) {
    const std::vector<double> values = random_values(count, 2, seed);
    return {values.begin(), values.end()};
  }

  void run() {
    powers.assign(keys.size(), 0);
    query_powers.assign(queries.size(), 0);
    alphas.assign(steps * positions, 0);
    d_energies.assign(steps * positions, 0);
    contexts.assign(steps * annotation, 0);
    d_queries.assign(queries.size(), 0);
    d_keys.assign(keys.size(), 7);
    d_values.assign(values.size(), 1);
    d_v.assign(size, 1);
    const ConstMatrixView<Real> key_view(keys.data(), positions, size);
    const ConstMatrixView<Real> value_view(values.data(), positions, annotation);
    key_powers(KeyPowers<Real>{key_view, {powers.data(), positions, size}, &usable});
    ConstMatrixView<Real> power_view;
    if (usable) power_view = {powers.data(), positions, size};
    std::vector<const Real*> query_rows;
    std::vector<const Real*> d_context_rows;
    for (std::size_t i = 0; i < steps; ++i) {
      query_rows.push_back(queries.data() + i * size);
      d_context_rows.push_back(d_contexts.data() + i * annotation);
      attend_forward(AttendForward<Real>{query_rows[i], key_view, power_view, v.data(), value_view, query_powers.data(),
                                         alphas.data() + i * positions, contexts.data() + i * annotation});
      attend_backward(AttendBackward<Real>{query_rows[i], key_view, power_view, v.data(), value_view,
                                           alphas.data() + i * positions, d_context_rows[i], query_powers.data(),
                                           d_energies.data() + i * positions, d_queries.data() + i * size});
    }
    attend_keys_backward(AttendKeysBackward<Real>{steps,
                                                  query_rows.data(),
                                                  d_context_rows.data(),
                                                  key_view,
                                                  power_view,
                                                  v.data(),
                                                  alphas.data(),
                                                  d_energies.data(),
                                                  {query_powers.data(), steps, size},
                                                  {d_keys.data(), positions, size},
                                                  {d_values.data(), positions, annotation},
                                                  d_v.data()});
  }

  /// The largest difference from the equations.
  [[nodiscard]] double error() const {
    double worst = 0;
    const auto compare = [&](double wanted, Real value) {
      const double difference = std::abs(wanted - static_cast<double>(value));
      worst = std::isnan(difference) ? std::numeric_limits<double>::infinity() : std::max(worst, difference);
    };
    std::vector<double> wanted_d_keys(keys.size());
    std::vector<double> wanted_d_values(values.size(), 1.0);
    std::vector<double> wanted_d_v(size, 1.0);
    for (std::size_t i = 0; i < steps; ++i) {
      const auto t = [&](std::size_t j, std::size_t a) {
        return std::tanh(static_cast<double>(queries[i * size + a]) + static_cast<double>(keys[j * size + a]));
      };
      std::vector<double> alpha(positions);
      double sum = 0;
      for (std::size_t j = 0; j < positions; ++j) {
        double energy = 0;
        for (std::size_t a = 0; a < size; ++a) energy += static_cast<double>(v[a]) * t(j, a);
        sum += alpha[j] = std::exp(energy);
      }
      std::vector<double> d_alpha(positions);
      double mean = 0;
      for (std::size_t j = 0; j < positions; ++j) {
        alpha[j] /= sum;
        for (std::size_t c = 0; c < annotation; ++c) {
          const auto gradient = static_cast<double>(d_contexts[i * annotation + c]);
          d_alpha[j] += gradient * static_cast<double>(values[j * annotation + c]);
          wanted_d_values[j * annotation + c] += alpha[j] * gradient;
        }
        mean += alpha[j] * d_alpha[j];
        compare(alpha[j], alphas[i * positions + j]);
      }
      for (std::size_t c = 0; c < annotation; ++c) {
        double context = 0;
        for (std::size_t j = 0; j < positions; ++j)
          context += alpha[j] * static_cast<double>(values[j * annotation + c]);
        compare(context, contexts[i * annotation + c]);
      }
      for (std::size_t a = 0; a < size; ++a) {
        double d_query = 0;
        for (std::size_t j = 0; j < positions; ++j) {
          const double d_energy = alpha[j] * (d_alpha[j] - mean);
          const double through = d_energy * static_cast<double>(v[a]) * (1 - t(j, a) * t(j, a));
          d_query += through;
          wanted_d_keys[j * size + a] += through;
          wanted_d_v[a] += d_energy * t(j, a);
        }
        compare(d_query, d_queries[i * size + a]);
      }
    }
    for (std::size_t m = 0; m < keys.size(); ++m) compare(wanted_d_keys[m], d_keys[m]);
    for (std::size_t m = 0; m < values.size(); ++m) compare(wanted_d_values[m], d_values[m]);
    for (std::size_t m = 0; m < size; ++m) compare(wanted_d_v[m], d_v[m]);
    return worst;
  }

  std::size_t steps;
  std::size_t positions;
  std::size_t size;
  std::size_t annotation;
  std::vector<Real> queries, keys, v, values, d_contexts;
  std::vector<Real> powers, query_powers, alphas, d_energies, contexts, d_queries, d_keys, d_values, d_v;
  bool usable = false;
};

template <typename Real>
constexpr double kBound = sizeof(Real) == 4 ? 2e-4 : 1e-12;

}  // namespace

TEMPLATE_TEST_CASE("Attention agrees with its equations at any number of positions and any size", "[numeric]", float,
                   double) {
  const std::size_t positions = GENERATE(1U, 2U, 3U, 4U, 7U);
  const std::size_t size = GENERATE(1U, 16U, 37U);
  const std::size_t annotation = GENERATE(3U, 32U, 49U);
  on_every_instruction_set([&] {
    Sentence<TestType> sentence(3, positions, size, annotation);
    sentence.run();
    CHECK(sentence.usable);
    CHECK(sentence.error() < kBound<TestType>);
  });
}

TEMPLATE_TEST_CASE("Attention agrees with its equations where powers would overflow", "[numeric]", float, double) {
  on_every_instruction_set([] {
    SECTION("in a query") {
      Sentence<TestType> sentence(2, 5, 37, 9);
      sentence.queries[3] = 300;
      sentence.queries[41] = 59;
      sentence.queries[40] = -41;
      sentence.run();
      CHECK(sentence.usable);
      CHECK(sentence.error() < kBound<TestType>);
    }
    SECTION("in a key") {
      Sentence<TestType> sentence(2, 5, 37, 9);
      sentence.keys[5] = -300;
      sentence.queries[5] = 299;
      sentence.run();
      CHECK_FALSE(sentence.usable);
      CHECK(sentence.error() < kBound<TestType>);
    }
    SECTION("just within") {
      Sentence<TestType> sentence(2, 5, 37, 9);
      for (std::size_t a = 0; a < 37; ++a) sentence.queries[a] = a % 2 == 0 ? 40 : -40;
      for (std::size_t m = 0; m < sentence.keys.size(); ++m) sentence.keys[m] = m % 3 == 0 ? 40 : -40;
      sentence.run();
      CHECK(sentence.usable);
      CHECK(sentence.error() < kBound<TestType>);
    }
  });
}

TEST_CASE("What is not a number goes through attention, forward and backward", "[numeric]") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  on_every_instruction_set([&] {
    Sentence<float> query(1, 3, 20, 9);
    query.queries[19] = nan;
    query.run();
    CHECK(std::isnan(query.contexts[0]));
    CHECK(std::isnan(query.d_v[19]));
    Sentence<float> key(1, 3, 20, 9);
    key.keys[7] = nan;
    key.run();
    CHECK(std::isnan(key.contexts[0]));
    CHECK(std::isnan(key.d_queries[7]));
    Sentence<float> value(1, 3, 20, 9);
    value.values[1] = nan;
    value.run();
    CHECK(std::isnan(value.contexts[1]));
    CHECK(std::isnan(value.d_keys[0]));
  });
}

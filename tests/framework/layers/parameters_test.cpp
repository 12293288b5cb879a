#include "framework/layers/parameters.h"

#include <algorithm>
#include <cmath>

#include "tests/support/catch.h"

using namespace lockstep;

TEST_CASE("Parameters lie one after the other on aligned places, with zeros between", "[layers]") {
  ParameterLayout layout;
  layout.add("a", 3, 5, InitialValue::normal(1));
  layout.add("b", 1, 16, InitialValue::normal(1));
  layout.add("c", 1, 1, InitialValue::normal(1));
  CHECK(layout[1].offset == 16);
  CHECK(layout[2].offset == 32);
  CHECK(layout.size() == 48);
  CHECK(layout.count() == 32);
  std::vector<float> flat(layout.size(), 9.0F);
  initialize<float>(layout, 1, flat);
  CHECK(flat[14] != 0);
  CHECK(flat[15] == 0);
  CHECK(flat[47] == 0);
  std::vector<float> other(layout.size(), 9.0F);
  zero_padding<float>(layout, other);
  CHECK(other[14] == 9);
  CHECK(other[15] == 0);
  CHECK(other[31] == 9);
  CHECK(other[33] == 0);
}

TEST_CASE("Initial values have the paper's distributions and depend on seed and name alone", "[layers]") {
  ParameterLayout layout;
  const std::size_t normal = layout.add("normal", 200, 300, InitialValue::normal(0.01));
  const std::size_t zero = layout.add("zero", 1, 300, InitialValue::zero());
  const std::size_t gates = layout.add("gates", 40, 120, InitialValue::orthogonal(3));
  const std::size_t glorot = layout.add("glorot", 100, 200, InitialValue::glorot(2));
  std::vector<double> flat(layout.size());
  initialize<double>(layout, 5, flat);
  const std::span<double> values(flat);

  double sum = 0;
  double squares = 0;
  const MatrixView<double> n = layout.view(values, normal);
  for (std::size_t i = 0; i < n.size(); ++i) {
    sum += n.data[i];
    squares += n.data[i] * n.data[i];
  }
  CHECK(sum / static_cast<double>(n.size()) == Approx(0).margin(2e-4));
  CHECK(std::sqrt(squares / static_cast<double>(n.size())) == Approx(0.01).epsilon(0.02));
  for (std::size_t i = 0; i < 300; ++i) CHECK(layout.view(values, zero).data[i] == 0);

  const MatrixView<double> u = layout.view(values, gates);
  for (std::size_t b = 0; b < 3; ++b)
    for (std::size_t r = 0; r < 40; ++r) {
      double norm = 0;
      for (std::size_t c = 0; c < 40; ++c) norm += u(r, 40 * b + c) * u(r, 40 * b + c);
      CHECK(norm == Approx(1).epsilon(1e-12));
    }

  const double limit = std::sqrt(6.0 / 200);
  double largest = 0;
  const MatrixView<double> g = layout.view(values, glorot);
  for (std::size_t i = 0; i < g.size(); ++i) largest = std::max(largest, std::abs(g.data[i]));
  CHECK(largest <= limit);
  CHECK(largest > 0.99 * limit);

  ParameterLayout alone;
  alone.add("glorot", 100, 200, InitialValue::glorot(2));
  std::vector<double> again(alone.size());
  initialize<double>(alone, 5, again);
  CHECK(std::equal(g.data, g.data + g.size(), again.begin()));
  initialize<double>(alone, 6, again);
  CHECK_FALSE(std::equal(g.data, g.data + g.size(), again.begin()));
}

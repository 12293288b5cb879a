#include "framework/inspection/explanation.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

#include "tests/support/sample_explanation.h"

using namespace lockstep;
using Catch::Matchers::Contains;

TEST_CASE("A vector is shown by its norm and its first entries", "[inspection]") {
  const std::vector<float> vector = {3, 0, -4};
  const ShownVector shown = show_vector(vector, 2);
  CHECK(shown.norm == Approx(5));
  CHECK(shown.first == std::vector<float>{3, 0});
  CHECK(show_vector(vector, 9).first == vector);
}

TEST_CASE("The text of an explanation has each step's energies, weights, context and words", "[inspection]") {
  const std::string text = explanation_text(dog_explanation(), 80);
  CHECK_THAT(text, Contains("step 1: which word is y_1?") && Contains("step 2: which word is y_2?"));
  CHECK_THAT(text, Contains("1 dog                 1.099   0.7500 █"));
  CHECK_THAT(text, Contains("2 </s>                0.000   0.2500 █"));
  CHECK_THAT(text, Contains("|c_1| =  5.000  (   3.000  -4.000 … )"));
  CHECK_THAT(text, Contains("p(y_1):  chien 0.900  <b>chat</b> 0.050"));
  CHECK_THAT(text, Contains("taken: chien (0.900)"));
}

TEST_CASE("Without attention the text shows one vector and no energies", "[inspection]") {
  const std::string text = explanation_text(fixed_explanation(), 80);
  CHECK_THAT(text, Contains("the whole sentence in one vector") && !Contains("e_ij") && !Contains("α"));
  CHECK_THAT(text, Contains("|c| =  5.000"));
}

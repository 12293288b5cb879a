#include "framework/inspection/explanation.h"

#include <cmath>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/sample_explanation.h"

using namespace lockstep;
using Catch::Matchers::ContainsSubstring;

TEST_CASE("A vector is shown by its norm and its first entries", "[inspection]") {
  const std::vector<float> vector = {3, 0, -4};
  const ShownVector shown = show_vector(vector, 2);
  CHECK(shown.norm == Approx(5));
  CHECK(shown.first == std::vector<float>{3, 0});
  CHECK(show_vector(vector, 9).first == vector);
}

TEST_CASE("The text of an explanation has each step's energies, weights, context and words", "[inspection]") {
  const std::string text = explanation_text(dog_explanation(), 80);
  CHECK_THAT(text, ContainsSubstring("step 1: which word is y_1?") && ContainsSubstring("step 2: which word is y_2?"));
  CHECK_THAT(text, ContainsSubstring("1 dog                 1.099   0.7500 █"));
  CHECK_THAT(text, ContainsSubstring("2 </s>                0.000   0.2500 █"));
  CHECK_THAT(text, ContainsSubstring("|c_1| =  5.000  (   3.000  -4.000 … )"));
  CHECK_THAT(text, ContainsSubstring("p(y_1):  chien 0.900  <b>chat</b> 0.050"));
  CHECK_THAT(text, ContainsSubstring("taken: chien (0.900)"));
}

TEST_CASE("Without attention the text shows one vector and no energies", "[inspection]") {
  const std::string text = explanation_text(fixed_explanation(), 80);
  CHECK_THAT(text, ContainsSubstring("the whole sentence in one vector") && !ContainsSubstring("e_ij") &&
                       !ContainsSubstring("α"));
  CHECK_THAT(text, ContainsSubstring("|c| =  5.000"));
}

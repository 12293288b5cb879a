#pragma once

#include <cmath>

#include "framework/inspection/explanation.h"

namespace lockstep {

/// Two steps over two source words, with numbers that can be checked in the head: energies ln 3 and 0 make weights ¾
/// and ¼, which mix (4, −8) and (0, 8) to the context (3, −4).
inline Explanation dog_explanation() {
  Explanation explanation;
  explanation.checkpoint = "best.h5";
  explanation.source_text = "dog";
  explanation.target_text = "chien";
  explanation.state_size = 2;
  explanation.annotation_size = 2;
  explanation.source = {"dog", "</s>"};
  explanation.annotations = {{std::sqrt(80.0), {4, -8}}, {8, {0, 8}}};
  explanation.steps.resize(2);
  ExplainedStep& first = explanation.steps[0];
  first.previous_state = {5, {3, 4}};
  first.energies = {std::log(3.0F), 0};
  first.alpha = {0.75F, 0.25F};
  first.context = {5, {3, -4}};
  first.state = {1, {1, 0}};
  first.likely = {{"chien", 0.9F}, {"<b>chat</b>", 0.05F}};
  first.word = "chien";
  first.probability = 0.9F;
  ExplainedStep& last = explanation.steps[1];
  last.previous_state = first.state;
  last.energies = {-20, 20};
  last.alpha = {0, 1};
  last.context = {8, {0, 8}};
  last.state = {1, {0, 1}};
  last.likely = {{"</s>", 1.0F}};
  last.word = "</s>";
  last.probability = 1;
  return explanation;
}

/// The same without attention: one context for both steps.
inline Explanation fixed_explanation() {
  Explanation explanation = dog_explanation();
  explanation.annotations = {{5, {3, -4}}};
  for (ExplainedStep& step : explanation.steps) {
    step.energies.clear();
    step.alpha.clear();
    step.context = {5, {3, -4}};
  }
  return explanation;
}

}  // namespace lockstep

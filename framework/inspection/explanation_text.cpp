#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "framework/core/unicode.h"
#include "framework/inspection/explanation.h"
#include "framework/inspection/terminal_text.h"

namespace lockstep {
namespace {

constexpr std::size_t kWordCells = 16;

std::string entries(const ShownVector& vector) {
  std::string text;
  for (const float entry : vector.first) text += fmt::format(" {:7.3f}", entry);
  return text + " …";
}

std::string vector_line(const std::string& name, const ShownVector& vector) {
  return fmt::format("  {} |{}| ={:7.3f}  ({} )\n", in_cells_left(name, 6), name, vector.norm, entries(vector));
}

/// As many of █ as the share of `cells`, to an eighth of one.
std::string bar(float share, std::size_t cells) {
  static constexpr const char* kEighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const auto eighths =
      static_cast<std::size_t>(std::lround(std::clamp(share, 0.0F, 1.0F) * static_cast<float>(8 * cells)));
  std::string text;
  for (std::size_t i = 0; i < eighths / 8; ++i) text += "█";
  return text + kEighths[eighths % 8];
}

std::string attention_table(const Explanation& explanation, const ExplainedStep& step, std::size_t i,
                            std::size_t width) {
  const std::size_t used = 4 + kWordCells + 20;
  const std::size_t bar_cells = width > used + 10 ? std::min<std::size_t>(width - used, 30) : 10;
  std::string text = fmt::format("     j {} {:>8} {:>8}\n", in_cells_left("x_j", kWordCells), "e_ij", "α_ij");
  for (std::size_t j = 0; j < step.alpha.size(); ++j) {
    text += fmt::format("  {:>4} {} {:8.3f} {:8.4f} {}\n", j + 1, in_cells_left(explanation.source[j], kWordCells),
                        step.energies[j], step.alpha[j], bar(step.alpha[j], bar_cells));
  }
  return text + vector_line(fmt::format("c_{}", i), step.context);
}

std::string step_text(const Explanation& explanation, std::size_t i, std::size_t width) {
  const ExplainedStep& step = explanation.steps[i - 1];
  std::string text = fmt::format("\nstep {}: which word is y_{}?\n", i, i);
  text += vector_line(fmt::format("s_{}", i - 1), step.previous_state);
  if (step.alpha.empty()) {
    text += vector_line("c", step.context);
  } else {
    text += attention_table(explanation, step, i, width);
  }
  text += vector_line(fmt::format("s_{}", i), step.state);
  text += fmt::format("  p(y_{}):", i);
  for (const auto& [word, probability] : step.likely) text += fmt::format("  {} {:.3f}", printable(word), probability);
  return text + fmt::format("\n  taken: {} ({:.3f})\n", printable(step.word), step.probability);
}

}  // namespace

ShownVector show_vector(std::span<const float> vector, std::size_t entries) {
  double squares = 0;
  for (const float entry : vector) squares += static_cast<double>(entry) * static_cast<double>(entry);
  const auto shown = vector.first(std::min(entries, vector.size()));
  return {std::sqrt(squares), {shown.begin(), shown.end()}};
}

std::string explanation_text(const Explanation& explanation, std::size_t width) {
  const bool attends = !explanation.steps.empty() && !explanation.steps.front().alpha.empty();
  std::string text = fmt::format("source       {}\ntranslation  {}\n\n", printable(explanation.source_text),
                                 printable(explanation.target_text));
  text += fmt::format("annotations h_j, {} numbers each: what the encoder made of word j in its sentence\n",
                      explanation.annotation_size);
  if (!attends)
    text = text.substr(0, text.find("annotations")) + "the whole sentence in one vector, the same at every step\n";
  for (std::size_t j = 0; j < explanation.annotations.size(); ++j) {
    text += fmt::format("  {:>4} {} |h| ={:7.3f}  ({} )\n", j + 1,
                        in_cells_left(attends ? explanation.source[j] : "c", kWordCells),
                        explanation.annotations[j].norm, entries(explanation.annotations[j]));
  }
  if (attends) {
    text +=
        "\nAt each step i every source word j gets an energy from one small network, shared by all pairs,\n"
        "  e_ij = v_aᵀ tanh(W_a s_{i−1} + U_a h_j),\n"
        "the energies become weights that add up to 1, and the weights mix the annotations to one context:\n"
        "  α_ij = exp(e_ij) / Σ_k exp(e_ik),   c_i = Σ_j α_ij h_j.\n"
        "From s_{i−1}, y_{i−1} and c_i come the next state s_i and the probabilities of the next word.\n";
  }
  for (std::size_t i = 1; i <= explanation.steps.size(); ++i) text += step_text(explanation, i, width);
  return text;
}

}  // namespace lockstep

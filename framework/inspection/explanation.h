#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace lockstep {

/// A vector as people can take it in: its length and its first entries.
struct ShownVector {
  double norm = 0;
  std::vector<float> first;
};

/// The norm of a vector and up to `entries` of its first entries.
[[nodiscard]] ShownVector show_vector(std::span<const float> vector, std::size_t entries);

/// One step of a decoder with attention (Bahdanau et al. 2015, section 3.1): from s_{i−1} to the word y_i.
struct ExplainedStep {
  ShownVector previous_state;                         ///< s_{i−1}
  std::vector<float> energies;                        ///< e_ij; empty without attention
  std::vector<float> alpha;                           ///< α_ij; empty without attention
  ShownVector context;                                ///< c_i
  ShownVector state;                                  ///< s_i
  std::vector<std::pair<std::string, float>> likely;  ///< the most probable words and p(y_i | …)
  std::string word;                                   ///< the one that was taken
  float probability = 0;
};

/// The translation of a sentence, step by step with the numbers behind it.
struct Explanation {
  std::string checkpoint;
  std::string source_text;
  std::string target_text;
  std::size_t state_size = 0;            ///< H
  std::size_t annotation_size = 0;       ///< D
  std::vector<std::string> source;       ///< x_j, end-of-sentence last
  std::vector<ShownVector> annotations;  ///< h_j; without attention the one vector of the sentence
  std::vector<ExplainedStep> steps;
};

/// The explanation as text for a terminal that is `width` cells wide.
[[nodiscard]] std::string explanation_text(const Explanation& explanation, std::size_t width);

/// Writes it as one web page that needs nothing else, where one goes through the steps. Throws RunError.
void write_explanation_page(const Explanation& explanation, const std::filesystem::path& path);

}  // namespace lockstep

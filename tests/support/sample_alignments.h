#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "framework/inspection/alignments_file.h"

namespace lockstep {

/// A small pair in two languages; its rows are not all of one sum, so that a mixed-up axis shows.
inline AlignedSentence two_dogs() {
  AlignedSentence sentence;
  sentence.line = 4;
  sentence.score = -1.25;
  sentence.source_text = "Two dogs play";
  sentence.target_text = "Deux chiens";
  sentence.source = {"Two", "dogs", "play", kEndOfSentenceText};
  sentence.target = {"Deux", "chiens", kEndOfSentenceText};
  sentence.alignment = {3, 4, {0.875F, 0.125F, 0, 0, 0.0625F, 0.75F, 0.1875F, 0, 0, 0, 0.5F, 0.5F}};
  return sentence;
}

/// `rows` target words and `columns` source words; the weights of a row fall off around a diagonal and sum to 1.
inline AlignedSentence diagonal(std::size_t rows, std::size_t columns) {
  AlignedSentence sentence;
  for (std::size_t j = 0; j < columns; ++j) sentence.source.push_back(fmt::format("s{}", j));
  for (std::size_t i = 0; i < rows; ++i) sentence.target.push_back(fmt::format("t{}", i));
  sentence.source_text = fmt::format("{}", fmt::join(sentence.source, " "));
  sentence.target_text = fmt::format("{}", fmt::join(sentence.target, " "));
  sentence.alignment = {rows, columns, std::vector<float>(rows * columns)};
  for (std::size_t i = 0; i < rows; ++i) {
    float sum = 0;
    for (std::size_t j = 0; j < columns; ++j) {
      const double distance =
          static_cast<double>(j) - static_cast<double>(i) * static_cast<double>(columns) / static_cast<double>(rows);
      sum += sentence.alignment.weights[i * columns + j] = static_cast<float>(1 / (1 + distance * distance));
    }
    for (std::size_t j = 0; j < columns; ++j) sentence.alignment.weights[i * columns + j] /= sum;
  }
  return sentence;
}

inline void write_alignments(const std::filesystem::path& path, const std::vector<AlignedSentence>& sentences) {
  AlignmentsWriter writer(path, {"translation", {"runs/a/best.h5", "runs/b/best.h5"}, "beam 12"});
  for (const AlignedSentence& sentence : sentences) writer.add(sentence);
  writer.commit();
}

}  // namespace lockstep

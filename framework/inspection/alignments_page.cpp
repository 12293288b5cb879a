#include "framework/inspection/alignments_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "framework/inspection/page_files.h"

namespace lockstep {
namespace {

constexpr float kSteps = 10'000;  ///< store.js knows it too

std::string base64(std::string_view bytes) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    std::uint32_t group = 0;
    for (std::size_t i = at; i < at + 3; ++i) {
      group = group << 8 | (i < bytes.size() ? static_cast<std::uint8_t>(bytes[i]) : 0U);
    }
    for (std::size_t digit = 0; digit < 4; ++digit) {
      text += digit <= bytes.size() - at ? kDigits[group >> (18 - 6 * digit) & 63] : '=';
    }
  }
  return text;
}

/// Seven bits a byte, the lowest first, the high bit set where more follow (LEB128): most weights take one byte.
void append_number(std::uint32_t number, std::string& bytes) {
  for (; number > 127; number >>= 7) bytes += static_cast<char>(number | 128);
  bytes += static_cast<char>(number);
}

/// Words by number, in the order in which they were met.
class WordTable {
 public:
  void append(const std::vector<std::string>& words, std::string& bytes) {
    for (const std::string& word : words) {
      const auto [place, is_new] = places_.try_emplace(word, static_cast<std::uint32_t>(words_.size()));
      if (is_new) words_.push_back(json_text(word));
      append_number(place->second, bytes);
    }
  }
  [[nodiscard]] std::string json() const { return fmt::format("[{}]", fmt::join(words_, ",")); }

 private:
  std::unordered_map<std::string, std::uint32_t> places_;
  std::vector<std::string> words_;
};

/// A line for each sentence: its words and weights, or "-".
void write_matrices(const AlignmentsReader& alignments, WordTable& source, WordTable& target, WholeFile& file) {
  for (std::size_t k = 0; k < alignments.size(); ++k) {
    const AlignedSentence sentence = alignments.read(k);
    std::string bytes;
    if (sentence.alignment.weights.size() <= kLargestPageMatrix) {
      source.append(sentence.source, bytes);
      target.append(sentence.target, bytes);
      for (const float weight : sentence.alignment.weights) {
        const float inside = weight > 0 ? std::min(weight, 1.0F) : 0.0F;  // no NaN either
        append_number(static_cast<std::uint32_t>(std::lround(inside * kSteps)), bytes);
      }
      file.append(base64(bytes));
    } else {
      file.append("-");
    }
    file.append("\n");
  }
}

void write_data(const AlignmentsReader& alignments, std::string_view name, const WordTable& source,
                const WordTable& target, WholeFile& file) {
  const AlignmentsInfo& info = alignments.info();
  std::vector<std::string> checkpoints;
  for (const std::string& checkpoint : info.checkpoints) checkpoints.push_back(json_text(checkpoint));
  file.append(fmt::format("{{\"file\":{},\"kind\":{},\"settings\":{},\"checkpoints\":[{}],\n\"sentences\":[",
                          json_text(name), json_text(info.kind), json_text(info.settings),
                          fmt::join(checkpoints, ",")));
  for (std::size_t k = 0; k < alignments.size(); ++k) {
    const AlignedSentence sentence = alignments.read(k);
    const std::string score = std::isfinite(sentence.score) ? fmt::format("{:.7g}", sentence.score) : "null";
    file.append(fmt::format("{}\n[{},{},{},{},{},{}]", k == 0 ? "" : ",", sentence.line, score,
                            sentence.alignment.columns, sentence.alignment.rows, json_text(sentence.source_text),
                            json_text(sentence.target_text)));
  }
  file.append(fmt::format("],\n\"vocabulary\":{{\"source\":{},\n\"target\":{}}}}}", source.json(), target.json()));
}

}  // namespace

void write_alignments_page(const AlignmentsReader& alignments, std::string_view name,
                           const std::filesystem::path& page) {
  WordTable source;
  WordTable target;
  // The page has the matrices before the data, which holds the words that they are made of.
  const PageParts parts = {
      {"matrices", [&](WholeFile& file) { write_matrices(alignments, source, target, file); }},
      {"data", [&](WholeFile& file) { write_data(alignments, name, source, target, file); }},
  };
  WholeFile file(page);
  write_page("alignments.html", parts, file);
  file.commit();
}

}  // namespace lockstep

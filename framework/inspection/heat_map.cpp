#include "framework/inspection/heat_map.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <vector>

#include "framework/core/unicode.h"

namespace lockstep {
namespace {

/// A weight takes two cells, which makes about a square and holds a wide character.
constexpr std::size_t kCells = 2;
constexpr std::size_t kHighestWord = 14;  ///< characters of a source word, one a line
constexpr std::size_t kWidestWord = 24;   ///< cells of a target word
constexpr std::string_view kReset = "\x1b[0m";

struct Block {
  float from;  ///< the least weight that is drawn so
  std::string_view text;
};
constexpr std::array<Block, 5> kBlocks = {{{0.75F, "██"}, {0.5F, "▓▓"}, {0.25F, "▒▒"}, {0.05F, "░░"}, {0.0F, "  "}}};

/// What sets the background to the grey of a weight.
std::string grey(float weight, TerminalColor color) {
  if (color == TerminalColor::kTrue) {
    const long shade = std::lround(255 * weight);
    return fmt::format("\x1b[48;2;{0};{0};{0}m", shade);
  }
  // 24 greys between the black and the white of the colour cube.
  const long step = std::lround(25 * weight);
  return fmt::format("\x1b[48;5;{}m", step == 0 ? 16 : step == 25 ? 231 : 231 + step);
}

/// One row of weights; a colour is set where it changes.
std::string shades(std::span<const float> weights, TerminalColor color) {
  std::string text;
  std::string before;
  for (const float value : weights) {
    const float weight = value > 0 ? std::min(value, 1.0F) : 0.0F;
    if (color == TerminalColor::kNone) {
      text += std::ranges::find_if(kBlocks, [&](const Block& block) { return weight >= block.from; })->text;
      continue;
    }
    const std::string now = grey(weight, color);
    if (now != before) text += now;
    text += "  ";
    before = now;
  }
  if (color != TerminalColor::kNone && !weights.empty()) text += kReset;
  return text;
}

/// The words of some columns, each read downwards and ending above its column.
std::string head(std::span<const std::string> words, std::size_t indent) {
  std::vector<std::vector<std::string>> columns;
  std::size_t height = 0;
  for (const std::string& word : words) {
    const std::string text = printable(word);
    std::vector<std::string>& column = columns.emplace_back();
    for (const std::string_view character : graphemes(text)) column.emplace_back(character);
    if (column.size() > kHighestWord) {
      column.resize(kHighestWord);
      column.back() = "…";
    }
    height = std::max(height, column.size());
  }
  std::string lines;
  for (std::size_t line = 0; line < height; ++line) {
    std::string text(indent, ' ');
    for (const std::vector<std::string>& column : columns) {
      const std::size_t above = height - column.size();
      text += in_cells_left(line < above ? "" : column[line - above], kCells);
    }
    text.erase(text.find_last_not_of(' ') + 1);
    lines += text + '\n';
  }
  return lines;
}

std::string legend(std::size_t indent, TerminalColor color) {
  std::string text(indent, ' ');
  if (color == TerminalColor::kNone) {
    for (std::size_t i = kBlocks.size() - 1; i-- > 0;) {
      text += fmt::format("{} {} and more{}", kBlocks[i].text, kBlocks[i].from, i == 0 ? "" : "  ");
    }
  } else {
    const std::array<float, 9> steps = {0, 0.125F, 0.25F, 0.375F, 0.5F, 0.625F, 0.75F, 0.875F, 1};
    text += fmt::format("0 {} 1", shades(steps, color));
  }
  return text + '\n';
}

}  // namespace

std::string heat_map(const AlignedSentence& sentence, std::size_t width, TerminalColor color) {
  const Alignment& alignment = sentence.alignment;
  std::size_t label = 1;
  for (const std::string& word : sentence.target) label = std::max(label, display_width(printable(word)));
  label = std::min({label, kWidestWord, std::max<std::size_t>(width / 3, 1)});
  const std::size_t indent = label + 1;
  const std::size_t panel = std::max<std::size_t>(1, width < indent ? 0 : (width - indent) / kCells);

  std::string text;
  for (std::size_t begin = 0; begin < alignment.columns; begin += panel) {
    const std::size_t count = std::min(panel, alignment.columns - begin);
    if (panel < alignment.columns) {
      text += fmt::format("{}source words {} to {} of {}\n", begin == 0 ? "" : "\n", begin + 1, begin + count,
                          alignment.columns);
    }
    text += head(std::span(sentence.source).subspan(begin, count), indent);
    for (std::size_t i = 0; i < alignment.rows; ++i) {
      text += in_cells_right(sentence.target[i], label) + ' ';
      text += shades(alignment.row(i).subspan(begin, count), color) + '\n';
    }
  }
  return text + legend(indent, color);
}

}  // namespace lockstep

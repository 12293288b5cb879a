#include "framework/evaluation/links.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "framework/core/errors.h"
#include "framework/core/text.h"

namespace lockstep {
namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r';
}

bool same_words(const Link& left, const Link& right) {
  return std::pair(left.source, left.target) == std::pair(right.source, right.target);
}

/// Sorted by words, the sure one of two first.
bool stands_before(const Link& left, const Link& right) {
  if (left.source != right.source) return left.source < right.source;
  if (left.target != right.target) return left.target < right.target;
  return left.sure && !right.sure;
}

/// One "i-j" or "i?j"; the offset of what is wrong in it otherwise.
std::size_t parse_link(std::string_view text, Link& link) {
  const char* const end = text.data() + text.size();
  const auto [separator, first_error] = std::from_chars(text.data(), end, link.source);
  if (first_error != std::errc()) return 0;
  if (separator == end || (*separator != '-' && *separator != '?'))
    return static_cast<std::size_t>(separator - text.data());
  link.sure = *separator == '-';
  const auto [rest, second_error] = std::from_chars(separator + 1, end, link.target);
  if (second_error != std::errc()) return static_cast<std::size_t>(separator + 1 - text.data());
  return rest == end ? std::string_view::npos : static_cast<std::size_t>(rest - text.data());
}

double ratio(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 1 : static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

SentenceLinks parse_links(std::string_view line, std::string_view file, std::size_t line_number) {
  SentenceLinks links;
  for (std::size_t at = 0; at < line.size();) {
    if (is_blank(line[at])) {
      ++at;
      continue;
    }
    const std::size_t begin = at;
    while (at < line.size() && !is_blank(line[at])) ++at;
    const std::string_view text = line.substr(begin, at - begin);
    Link link;
    const std::size_t wrong = parse_link(text, link);
    if (wrong != std::string_view::npos) {
      throw DataError(
          fmt::format("{}:{}:{}: {} is no link; write i-j for a sure and i?j for a possible one, source word "
                      "first, counted from 0, with blanks between links",
                      file, line_number, begin + wrong + 1, in_quotes(text)));
    }
    links.push_back(link);
  }
  std::sort(links.begin(), links.end(), stands_before);
  links.erase(std::unique(links.begin(), links.end(), same_words), links.end());
  return links;
}

std::string format_links(const SentenceLinks& links) {
  std::string text;
  for (const Link& link : links) {
    text += fmt::format("{}{}{}{}", text.empty() ? "" : " ", link.source, link.sure ? '-' : '?', link.target);
  }
  return text;
}

LinkCounts& LinkCounts::operator+=(const LinkCounts& other) {
  found += other.found;
  sure += other.sure;
  found_in_sure += other.found_in_sure;
  found_in_possible += other.found_in_possible;
  return *this;
}

double LinkCounts::precision() const {
  return ratio(found_in_possible, found);
}
double LinkCounts::recall() const {
  return ratio(found_in_sure, sure);
}
double LinkCounts::error_rate() const {
  return 1 - ratio(found_in_sure + found_in_possible, found + sure);
}

LinkCounts compare_links(const SentenceLinks& found, const SentenceLinks& gold) {
  LinkCounts counts;
  counts.found = found.size();
  counts.sure =
      static_cast<std::uint64_t>(std::count_if(gold.begin(), gold.end(), [](const Link& l) { return l.sure; }));
  auto place = gold.begin();
  for (const Link& link : found) {
    while (place != gold.end() && stands_before(*place, link) && !same_words(*place, link)) ++place;
    if (place == gold.end()) break;
    if (!same_words(*place, link)) continue;
    ++counts.found_in_possible;
    if (place->sure) ++counts.found_in_sure;
  }
  return counts;
}

}  // namespace lockstep

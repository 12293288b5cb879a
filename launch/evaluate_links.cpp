#include "launch/evaluate_links.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <vector>

#include "framework/core/errors.h"
#include "framework/evaluation/links.h"
#include "launch/read_lines.h"

namespace lockstep {

std::string evaluate_links(const std::string& found_file, const std::string& gold_file, bool json) {
  const std::vector<std::string> found = read_lines(found_file, InvalidText::kRefuse);
  const std::vector<std::string> gold = read_lines(gold_file, InvalidText::kRefuse);
  if (found.size() != gold.size()) {
    throw DataError(
        fmt::format("{} has {} lines, but {} has {}; line n of one must be the sentence of line n of the other",
                    found_file, found.size(), gold_file, gold.size()));
  }
  LinkCounts counts;
  for (std::size_t k = 0; k < found.size(); ++k) {
    const SentenceLinks links = parse_links(found[k], found_file, k + 1);
    counts += compare_links(links, parse_links(gold[k], gold_file, k + 1));
  }
  if (json) {
    const nlohmann::ordered_json report = {{"links", found_file},
                                           {"gold", gold_file},
                                           {"sentences", found.size()},
                                           {"precision", counts.precision()},
                                           {"recall", counts.recall()},
                                           {"aer", counts.error_rate()},
                                           {"found", counts.found},
                                           {"sure", counts.sure},
                                           {"found_in_sure", counts.found_in_sure},
                                           {"found_in_possible", counts.found_in_possible}};
    return report.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  }
  return fmt::format(
      "precision = {:.4f} ({} of {} links are sure or possible)\nrecall    = {:.4f} ({} of {} sure links are found)\n"
      "AER       = {:.4f}\n",
      counts.precision(), counts.found_in_possible, counts.found, counts.recall(), counts.found_in_sure, counts.sure,
      counts.error_rate());
}

}  // namespace lockstep
